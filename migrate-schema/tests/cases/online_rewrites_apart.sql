-- What writes every row anew shares its transaction with nothing else.
-- pinned before PostgreSQL 16
-- online
CREATE UNLOGGED TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE u (id int PRIMARY KEY, a int);
-- rows
INSERT INTO t VALUES (1, 2);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CHECK (a > 0));
CREATE TABLE u (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, c int);
CREATE VIEW v AS SELECT twice FROM u;
