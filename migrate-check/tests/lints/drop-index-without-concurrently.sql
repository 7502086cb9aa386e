-- hazard
DROP INDEX users_email_idx;

-- fine
-- migrate: no-transaction
DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;

-- fine
CREATE TABLE users (email text);
CREATE INDEX i ON users (email);
DROP INDEX i;

-- fine
CREATE TABLE app.users (email text);
CREATE INDEX i ON app.users (email);
DROP INDEX app.i;
