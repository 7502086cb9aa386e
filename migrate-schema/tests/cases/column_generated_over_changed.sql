-- Generated columns over columns that change.
-- pinned from PostgreSQL 16
CREATE TABLE t (a int, b text, g text GENERATED ALWAYS AS (b || a) STORED, h int GENERATED ALWAYS AS (a + 1) STORED);
CREATE INDEX t_g ON t (g);
CREATE VIEW v AS SELECT g, h FROM t;
-- rows
INSERT INTO t VALUES (1, 'x');
-- becomes
CREATE TABLE t (a bigint, b varchar(10) COLLATE "C", g text GENERATED ALWAYS AS (b || a) STORED, h bigint GENERATED ALWAYS AS (a + 1) STORED, i text GENERATED ALWAYS AS (upper(b)) STORED);
CREATE INDEX t_g ON t (g, i);
CREATE VIEW v AS SELECT g, h, i FROM t;
