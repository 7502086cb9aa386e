-- A view gets a column at its end, and another one loses one.
-- pinned from PostgreSQL 16
CREATE TABLE t (a int, b int, c int);
CREATE VIEW more AS SELECT a FROM t;
CREATE VIEW less AS SELECT a, b, c FROM t;
-- becomes
CREATE TABLE t (a int, b int, c int);
CREATE VIEW more AS SELECT a, b FROM t;
CREATE VIEW less WITH (security_barrier) AS SELECT a, c FROM t WHERE b > 0 WITH LOCAL CHECK OPTION;
