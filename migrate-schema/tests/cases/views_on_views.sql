-- A column changes under a pile of views.
-- pinned from PostgreSQL 16
CREATE TABLE t (id int PRIMARY KEY, amount int);
CREATE VIEW low AS SELECT id, amount FROM t;
CREATE VIEW middle AS SELECT low.id, low.amount * 2 AS twice FROM low;
CREATE MATERIALIZED VIEW top AS SELECT sum(twice) AS total FROM middle;
CREATE UNIQUE INDEX top_total ON top (total);
COMMENT ON VIEW middle IS 'in between';
GRANT SELECT ON low TO migrate_test_reader;
-- rows
INSERT INTO t VALUES (1, 10), (2, 20);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, amount bigint);
CREATE VIEW low AS SELECT id, amount FROM t;
CREATE VIEW middle AS SELECT low.id, low.amount * 2 AS twice FROM low;
CREATE MATERIALIZED VIEW top AS SELECT sum(twice) AS total FROM middle;
CREATE UNIQUE INDEX top_total ON top (total);
COMMENT ON VIEW middle IS 'in between';
GRANT SELECT ON low TO migrate_test_reader;
