-- Some columns and some rows of a table are published.
-- from PostgreSQL 15
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE PUBLICATION p FOR TABLE t (id, a);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE PUBLICATION p FOR TABLE t (id, b) WHERE (id > 0);
