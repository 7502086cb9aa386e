-- Nulls are distinct no longer.
-- from PostgreSQL 15
CREATE TABLE t (a int, CONSTRAINT t_a UNIQUE (a));
CREATE UNIQUE INDEX t_a_index ON t (a);
-- becomes
CREATE TABLE t (a int, CONSTRAINT t_a UNIQUE NULLS NOT DISTINCT (a));
CREATE UNIQUE INDEX t_a_index ON t (a) NULLS NOT DISTINCT;
