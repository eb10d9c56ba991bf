-- Disables every login of Parley except one: the variable "login", else the login of store_url.
\if :{?login}
\else
  \set login `sed -E 's#^postgres://([^:]+):.*#\1#' /run/secrets/store_url`
\endif
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname)
  FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
  WHERE roleid = 'parley'::regrole AND rolname <> :'login' AND rolcanlogin \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE usename <> :'login' AND usename IN
    (SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'parley'::regrole);
