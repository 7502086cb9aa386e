-- Checks come, go, and change.
CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0), b int CONSTRAINT small CHECK (b < 10));
-- rows
INSERT INTO t VALUES (3, 4);
-- becomes
CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 1), b int, CONSTRAINT both_of_them CHECK (a <> b));
