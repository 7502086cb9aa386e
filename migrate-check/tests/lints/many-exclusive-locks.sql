-- hazard
ALTER TABLE a ADD x int;
ALTER TABLE b ADD x int;

-- hazard
DROP TABLE a, b;

-- fine
ALTER TABLE a ADD x int;
ALTER TABLE public.a ADD y int;

-- fine
ALTER TABLE a ADD x int;
ALTER TABLE b VALIDATE CONSTRAINT c;

-- fine
ALTER TABLE a ADD x int;
CREATE TABLE b (x int);
ALTER TABLE b ADD y int;

-- fine
-- migrate: no-transaction
ALTER TABLE a ADD x int;
ALTER TABLE b ADD x int;

-- fine
ALTER TABLE a RENAME TO b;
ALTER TABLE b RENAME TO c;
ALTER TABLE c ADD x int;

-- hazard
ALTER TABLE a RENAME TO b;
ALTER TABLE c RENAME TO a;
