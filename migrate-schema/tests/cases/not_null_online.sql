-- A NOT NULL with a name is looked at while others write.
-- from PostgreSQL 18
-- online
CREATE TABLE t (a int, b int NOT NULL);
-- rows
INSERT INTO t VALUES (1, 1);
-- becomes
CREATE TABLE t (a int CONSTRAINT a_nn NOT NULL, b int CONSTRAINT b_nn NOT NULL);
