-- hazard
-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a, b, c, d);

-- hazard
CREATE TABLE t (a int, b int, c int, d int);
CREATE INDEX i ON t USING btree (a, b, c, lower(d));

-- fine
-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a, b, c) INCLUDE (d);

-- fine
CREATE UNIQUE INDEX i ON t (a, b, c, d);

-- fine
CREATE INDEX i ON t USING gin (a, b, c, d);
