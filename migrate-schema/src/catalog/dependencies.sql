-- What depends on what. That a sequence belongs to a column, and a table to those it inherits from, is told elsewhere.
SELECT 'dependency' AS kind, d.classid AS class, d.objid AS id, d.objsubid AS sub,
    format('%s:%s:%s', d.refclassid, d.refobjid, d.refobjsubid) AS needs,
    -- Before PostgreSQL 15 a generated column goes along with what its expression uses; it is no part of that.
    CASE WHEN a.attgenerated <> '' AND d.deptype = 'a' THEN 'n' ELSE d.deptype END AS deptype
FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_attribute a ON c.oid = a.attrelid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE (d.objid >= 16384 OR d.deptype = 'e')
    AND (c.relkind IS NULL OR c.relkind <> 'S' OR d.deptype <> 'a')
    AND NOT (c.relkind IN ('r', 'p', 'f') AND d.refclassid = 'pg_class'::regclass AND d.objsubid = 0
        AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = d.objid AND i.inhparent = d.refobjid))
    -- A type and the functions that read and write it need each other.
    AND NOT (d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_proc'::regclass
        AND EXISTS (SELECT FROM pg_type t WHERE t.oid = d.objid AND t.typtype = 'b'))
