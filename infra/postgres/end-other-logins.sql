-- Shuts out every login of Parley's but the one that store_url names.
\set login `sed -E 's#^postgres://([^:]+):.*#\1#' /run/secrets/store_url`
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', member::regrole::text) FROM pg_auth_members
  WHERE roleid = 'parley'::regrole AND member <> :'login'::regrole \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE usename <> :'login' AND usename IN
    (SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'parley'::regrole);
