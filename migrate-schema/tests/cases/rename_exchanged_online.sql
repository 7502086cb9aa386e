-- All names are exchanged in one transaction, also where another statement cannot be in one.
-- online
-- rename a=b
-- rename b=a
-- rename b.x=y
-- rename b.y=x
CREATE TABLE a (id int, x int, y text);
CREATE TABLE b (id int, z int);
-- rows
INSERT INTO a VALUES (1, 2, 'a');
INSERT INTO b VALUES (3, 4);
-- becomes
CREATE TABLE b (id int, y int, x text);
CREATE TABLE a (id int, z int);
CREATE INDEX ON b (y);
CREATE INDEX ON a (z);
