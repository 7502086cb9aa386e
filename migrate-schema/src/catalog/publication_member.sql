-- PostgreSQL 14 has no columns and no conditions: a name that the inner query does not have is that of the outer one.
SELECT 'member of publication' AS kind, 'pg_publication_rel'::regclass::oid AS class, r.oid AS id, 0 AS sub,
    json_build_array(quote_ident(p.pubname), 'TABLE', quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    format('%s:%s:0', 'pg_publication'::regclass::oid, p.oid) AS part_of,
    (SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum)::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY ((SELECT prattrs FROM (SELECT r.*) x)::int2[])) AS columns,
    pg_get_expr((SELECT prqual FROM (SELECT r.*) x), c.oid) AS condition
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
    (SELECT NULL::int2vector AS prattrs, NULL::pg_node_tree AS prqual) none
UNION ALL
-- Nor has it schemas: that one is published is known from what depends on it.
SELECT 'member of publication', d.classid, d.objid, 0,
    json_build_array(quote_ident(p.pubname), 'SCHEMA', quote_ident(n.nspname)),
    format('%s:%s:0', 'pg_publication'::regclass::oid, p.oid), NULL, NULL
FROM pg_depend d JOIN pg_depend s ON s.classid = d.classid AND s.objid = d.objid
    JOIN pg_publication p ON p.oid = d.refobjid JOIN pg_namespace n ON n.oid = s.refobjid
WHERE d.classid = to_regclass('pg_catalog.pg_publication_namespace')
    AND d.refclassid = 'pg_publication'::regclass AND s.refclassid = 'pg_namespace'::regclass
