-- What a generated column is made of changes.
-- pinned from PostgreSQL 16
CREATE TABLE t (id int PRIMARY KEY, net numeric, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED);
CREATE VIEW v AS SELECT gross FROM t;
-- rows
INSERT INTO t VALUES (1, 10);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, net numeric, gross numeric GENERATED ALWAYS AS (net * 1.3) STORED);
CREATE VIEW v AS SELECT gross FROM t;
