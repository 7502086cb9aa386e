-- hazard
CREATE INDEX users_email_idx ON users (email);

-- hazard
CREATE UNIQUE INDEX ON "Users" (email);
CREATE TABLE users (id bigint);

-- hazard
CREATE TABLE app.users (id bigint);
CREATE INDEX ON users (email);

-- fine
-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);

-- fine
CREATE TABLE users (email text);
CREATE INDEX ON public.USERS (email);

-- fine
CREATE TABLE "Users" (email text);
CREATE INDEX ON public."Users" (email);

-- fine
CREATE TEMPORARY TABLE batch (email text);
CREATE INDEX ON batch (email);

-- fine
CREATE TABLE copy (LIKE users INCLUDING ALL);
CREATE INDEX ON copy (email);

-- fine
CREATE TABLE copy AS SELECT * FROM users;
CREATE INDEX ON copy (email);

-- fine
SELECT * INTO copy FROM users;
CREATE INDEX ON copy (email);

-- fine
CREATE TABLE a (email text);
ALTER TABLE a RENAME TO b;
CREATE INDEX ON b (email);

-- fine
CREATE TABLE a (email text);
ALTER TABLE a SET SCHEMA app;
CREATE INDEX ON app.a (email);

-- fine
CREATE TABLE part PARTITION OF events FOR VALUES IN (1);
CREATE INDEX ON part (email);

-- fine
CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;
CREATE UNIQUE INDEX ON v (a);

-- fine
CREATE SCHEMA app CREATE TABLE users (email text) CREATE INDEX users_email_idx ON users (email);
CREATE INDEX ON app.users (email);

-- fine
SET LOCAL search_path = app, public;
CREATE TABLE users (email text);
CREATE INDEX ON app.users (email);

-- fine
CREATE INDEX events_at_idx ON ONLY events (at);

-- hazard
CREATE TEMP TABLE users (email text);
-- then
CREATE INDEX ON users (email);

-- hazard
CREATE TABLE users (email text);
DROP TABLE users;
CREATE INDEX ON users (email);

-- hazard
CREATE TABLE IF NOT EXISTS users (email text);
CREATE INDEX users_email_idx ON users (email);

-- hazard
CREATE TABLE IF NOT EXISTS users (email text);
-- then
CREATE INDEX users_email_idx ON users (email);

-- fine
DROP TABLE IF EXISTS users;
CREATE TABLE IF NOT EXISTS users (email text);
CREATE INDEX users_email_idx ON users (email);

-- fine
CREATE TABLE users (email text);
CREATE TABLE IF NOT EXISTS users (email text);
CREATE INDEX users_email_idx ON users (email);

-- fine
ALTER TABLE users RENAME TO people;
CREATE TABLE IF NOT EXISTS users (email text);
CREATE INDEX users_email_idx ON users (email);

-- fine
CREATE SCHEMA app;
CREATE TABLE IF NOT EXISTS app.users (email text);
CREATE INDEX users_email_idx ON app.users (email);

-- hazard
CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1 AS n;
CREATE INDEX ON v (n);

-- fine
CREATE TEMP TABLE IF NOT EXISTS users (email text);
CREATE INDEX ON users (email);
