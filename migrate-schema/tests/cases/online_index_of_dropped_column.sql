-- An index loses a column that is dropped: the old one goes before the column takes it along.
-- online
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX i ON t (a, b);
-- rows
INSERT INTO t VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX i ON t (a);
