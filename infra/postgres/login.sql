-- Lets in the login that store_url names, with its password; run again after each
-- "npm run secrets -- store". Whoever else may log in goes on until end-other-logins.sql.
\set login `sed -E 's#^postgres://([^:]+):.*#\1#' /run/secrets/store_url`
\set password `sed -E 's#^postgres://[^:]+:([^@]+)@.*#\1#' /run/secrets/store_url`
SELECT format('CREATE ROLE %I IN ROLE parley', :'login')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec
ALTER ROLE :"login" LOGIN PASSWORD :'password';
ALTER ROLE :"login" SET role = parley;
