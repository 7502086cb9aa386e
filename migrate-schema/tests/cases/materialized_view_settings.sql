-- How the columns of a materialized view are kept and counted, and the storage parameters of its TOAST table.
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a, 'x'::text AS b, 'y'::text AS "C";
ALTER MATERIALIZED VIEW m ALTER b SET STATISTICS 5, ALTER b SET STORAGE EXTERNAL, ALTER a SET (n_distinct = 3);
CREATE MATERIALIZED VIEW changed AS SELECT 1 AS a, 'x'::text AS b;
ALTER MATERIALIZED VIEW changed ALTER b SET STATISTICS 7;
-- becomes
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a, 'x'::text AS b, 'y'::text AS "C";
ALTER MATERIALIZED VIEW m ALTER b SET STATISTICS 6, ALTER "C" SET COMPRESSION pglz, ALTER a SET (n_distinct = 4);
ALTER MATERIALIZED VIEW m SET (fillfactor = 60, toast.autovacuum_enabled = off);
ALTER TABLE m REPLICA IDENTITY FULL;
CREATE MATERIALIZED VIEW changed AS SELECT 2 AS a, 'x'::text AS b;
ALTER MATERIALIZED VIEW changed ALTER b SET STATISTICS 7;
