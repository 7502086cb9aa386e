-- It is made anew, with its indexes.
-- pinned from PostgreSQL 16
CREATE TABLE t (a int, b int);
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE INDEX m_a ON m (a);
-- becomes
CREATE TABLE t (a int, b int);
CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM t GROUP BY a WITH NO DATA;
CREATE INDEX m_a ON m (a);
