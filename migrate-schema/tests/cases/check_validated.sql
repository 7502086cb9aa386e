-- A check that was not looked at is.
CREATE TABLE t (a int);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT small CHECK (a < 10);
-- becomes
CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0));
ALTER TABLE t ADD CONSTRAINT small CHECK (a < 10) NOT VALID;
