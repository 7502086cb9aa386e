-- While others write.
-- online
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX changed ON t (a);
CREATE INDEX gone ON t (b);
-- rows
INSERT INTO t VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX changed ON t (a, b);
CREATE INDEX fresh ON t (b) WHERE a > 0;
