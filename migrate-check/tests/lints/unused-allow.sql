-- hazard
-- migrate: allow drop-table, it is unused since May
SELECT 1;

-- hazard
DROP TABLE a;
-- migrate: allow drop-table, it is unused since May
DROP VIEW b;

-- fine
-- migrate: allow drop-table, it is unused since May
DROP TABLE a;

-- fine
DROP TABLE a; -- migrate: allow drop-table, it is unused since May
