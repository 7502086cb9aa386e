-- Where no row has nothing.
CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL);
-- rows
INSERT INTO t VALUES (1, 1, 1);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int);
