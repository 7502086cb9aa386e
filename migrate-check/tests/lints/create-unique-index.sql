-- hazard
-- migrate: no-transaction
CREATE UNIQUE INDEX CONCURRENTLY i ON users (email);

-- hazard
CREATE UNIQUE INDEX i ON users (email);

-- fine
CREATE INDEX i ON users (email);

-- fine
CREATE TABLE users (email text);
CREATE UNIQUE INDEX i ON users (email);
