-- Another column identifies a row.
CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL);
-- rows
INSERT INTO t VALUES (1, 10), (2, 20);
-- becomes
CREATE TABLE t (a int NOT NULL, b int PRIMARY KEY);
