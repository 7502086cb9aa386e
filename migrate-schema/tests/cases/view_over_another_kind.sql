-- A view gets a column of what was a materialized view.
-- pinned from PostgreSQL 16
CREATE TABLE t (id bigint, c integer);
CREATE MATERIALIZED VIEW low AS SELECT id FROM t;
CREATE VIEW top AS SELECT id FROM low;
-- becomes
CREATE TABLE t (id bigint, c integer);
CREATE VIEW low AS SELECT id, c FROM t;
CREATE VIEW top AS SELECT id, c FROM low;
