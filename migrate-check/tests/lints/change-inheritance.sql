-- hazard
ALTER TABLE t NO INHERIT u;

-- hazard
ALTER TABLE t INHERIT u;

-- fine
CREATE TABLE t (a int);
ALTER TABLE t INHERIT u;

-- fine
ALTER TABLE t ADD COLUMN a int;
