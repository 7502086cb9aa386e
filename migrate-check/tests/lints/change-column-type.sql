-- hazard
ALTER TABLE users ALTER id TYPE bigint;

-- hazard
ALTER TABLE users ALTER COLUMN name SET DATA TYPE text;

-- fine
CREATE TABLE users (id int);
ALTER TABLE users ALTER id TYPE bigint;
