-- Deletes the database, its logins and its owner, if they exist.
SELECT 'DROP DATABASE parley WITH (FORCE)' FROM pg_database WHERE datname = 'parley' \gexec
SELECT format('DROP ROLE %I', pg_roles.rolname) FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
  WHERE roleid = (SELECT oid FROM pg_roles WHERE rolname = 'parley') \gexec
SELECT 'DROP ROLE parley' FROM pg_roles WHERE rolname = 'parley' \gexec
