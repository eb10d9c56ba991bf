-- The owner of Parley's tables, a role without login. Every login acts as this role (login.sql).
CREATE ROLE parley NOLOGIN;
CREATE DATABASE parley OWNER parley;
