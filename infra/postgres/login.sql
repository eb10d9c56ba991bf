-- Enables the login of store_url with its password. Run it again after each
-- "npm run secrets -- store". Other logins work until end-other-logins.sql.
\set login `sed -E 's#^postgres://([^:]+):.*#\1#' /run/secrets/store_url`
\set password `sed -E 's#^postgres://[^:]+:([^@]+)@.*#\1#' /run/secrets/store_url`
SELECT format('CREATE ROLE %I IN ROLE parley', :'login')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec
ALTER ROLE :"login" LOGIN PASSWORD :'password';
ALTER ROLE :"login" SET role = parley;
