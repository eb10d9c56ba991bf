-- The owner of Parley's tables, who cannot log in; whoever logs in acts as this role (login.sql).
CREATE ROLE parley NOLOGIN;
CREATE DATABASE parley OWNER parley;
