-- A primary key goes from one column to another, under its name and under another one, and foreign keys refer to both columns.
-- online
CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE);
CREATE TABLE u (x int REFERENCES t, y int REFERENCES t (b));
CREATE TABLE v (a int CONSTRAINT one PRIMARY KEY, b int);
CREATE TABLE w (x int, CONSTRAINT w_refers FOREIGN KEY (x) REFERENCES v);
-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO u VALUES (1, 2);
INSERT INTO v VALUES (1, 1);
INSERT INTO w VALUES (1);
-- becomes
CREATE TABLE t (a int UNIQUE, b int PRIMARY KEY);
CREATE TABLE u (x int REFERENCES t (a), y int REFERENCES t (b));
CREATE TABLE v (a int, b int CONSTRAINT other PRIMARY KEY);
CREATE TABLE w (x int, CONSTRAINT w_refers FOREIGN KEY (x) REFERENCES v);
