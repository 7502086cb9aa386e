SELECT 'default of column' AS kind, 'pg_attrdef'::regclass::oid AS class, d.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(a.attname)) AS path,
    format('%s:%s:%s', 'pg_class'::regclass::oid, c.oid, a.attnum) AS part_of,
    pg_get_expr(d.adbin, d.adrelid) AS expression,
    CASE c.relkind WHEN 'v' THEN 'true' END AS _of_view,
    CASE WHEN a.attinhcount > 0 THEN 'true' END AS _inherited
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum AND NOT a.attisdropped
WHERE a.attgenerated = '' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
