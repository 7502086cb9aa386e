SELECT 'cast' AS kind, 'pg_cast'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(format_type(c.castsource, NULL), format_type(c.casttarget, NULL)) AS path,
    CASE c.castmethod WHEN 'f' THEN 'FUNCTION ' || c.castfunc::regprocedure::text WHEN 'i' THEN 'INOUT' END AS by,
    CASE c.castcontext WHEN 'a' THEN 'ASSIGNMENT' WHEN 'i' THEN 'IMPLICIT' END AS context
FROM pg_cast c
-- That from a range to its multirange comes with the range.
WHERE c.oid >= 16384
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
