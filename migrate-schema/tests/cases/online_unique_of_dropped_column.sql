-- A unique constraint loses a column that is dropped: the column goes after the constraint has its new index.
-- online
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT u UNIQUE (a, b));
-- rows
INSERT INTO t VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));
