-- hazard
-- migrate: no-transaction
CREATE INDEX CONCURRENTLY i ON t (a);

-- hazard
-- migrate: no-transaction
DROP INDEX CONCURRENTLY i;

-- fine
-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);
ALTER TABLE t ADD a int;

-- fine
CREATE INDEX i ON t (a);
