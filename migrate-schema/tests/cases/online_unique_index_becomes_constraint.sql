-- A unique index becomes the constraint of its name, and the other way round; foreign keys refer to both.
-- online
CREATE TABLE t (a int NOT NULL, b int NOT NULL CONSTRAINT u UNIQUE, c int, d int);
CREATE UNIQUE INDEX i ON t (a);
CREATE UNIQUE INDEX j ON t (c);
CREATE TABLE r (a int CONSTRAINT r_a REFERENCES t (a));
-- rows
INSERT INTO t VALUES (1, 2, 3, 4);
INSERT INTO r VALUES (1);
-- becomes
CREATE TABLE t (a int NOT NULL CONSTRAINT i UNIQUE, b int NOT NULL, c int, d int, CONSTRAINT j UNIQUE (c, d));
CREATE UNIQUE INDEX u ON t (b);
CREATE TABLE r (a int CONSTRAINT r_a REFERENCES t (a));
