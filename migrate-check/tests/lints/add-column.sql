-- hazard
ALTER TABLE t ADD COLUMN a text;

-- hazard
ALTER TYPE ty ADD ATTRIBUTE a text;

-- fine
CREATE TABLE t (b int);
ALTER TABLE t ADD COLUMN a text;

-- fine
ALTER TABLE t DROP COLUMN a;

-- fine
ALTER TYPE ty DROP ATTRIBUTE a;
