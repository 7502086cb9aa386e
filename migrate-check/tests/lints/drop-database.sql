-- hazard
-- migrate: no-transaction
DROP DATABASE IF EXISTS old;

-- fine
DROP SCHEMA old;
