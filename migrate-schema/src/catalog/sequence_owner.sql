SELECT 'owner of sequence' AS kind, 0 AS class, c.oid AS id, 2 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    format('%s:%s:%s', 'pg_class'::regclass::oid, t.oid, a.attnum) AS needs,
    format('%s.%I', CASE WHEN tn.nspname = 'public' THEN quote_ident(t.relname) ELSE format('%I.%I', tn.nspname, t.relname) END, a.attname) AS column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
