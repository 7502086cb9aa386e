-- Another name and another type at once, with an index and a view on it.
-- pinned before PostgreSQL 18
-- pinned from PostgreSQL 16
-- rename t.a=b
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL DEFAULT '0');
CREATE INDEX t_a_idx ON t (a);
CREATE VIEW v AS SELECT id, a FROM t;
-- rows
INSERT INTO t VALUES (1, '7');
-- becomes
CREATE TABLE t (id int PRIMARY KEY, b int NOT NULL DEFAULT 0);
CREATE INDEX t_b_idx ON t (b);
CREATE VIEW v AS SELECT id, b FROM t;
