-- hazard
DROP TABLE users CASCADE;

-- hazard
ALTER TABLE users DROP COLUMN plan CASCADE;

-- hazard
DROP VIEW v CASCADE;

-- fine
DROP TABLE users RESTRICT;

-- fine
CREATE TYPE t;
DROP TYPE t CASCADE;
