-- An index that serves the same columns is there before the other one goes, with its column or by itself.
-- online
CREATE TABLE t (a int, b int, c int);
CREATE INDEX i ON t (a, b);
CREATE INDEX j ON t (c);
-- rows
INSERT INTO t VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (a int, c int);
CREATE INDEX k ON t (a);
CREATE UNIQUE INDEX l ON t (c, a);
