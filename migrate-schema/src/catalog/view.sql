SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
    'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    pg_get_viewdef(c.oid) AS definition,
    (SELECT json_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> 0 THEN ' ' || a.attcollation::regcollation ELSE '' END ORDER BY a.attnum)::text
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(c.reloptions) o) AS options,
    CASE WHEN c.relkind = 'm' THEN nullif(am.amname, 'heap') END AS access_method,
    quote_ident(space.spcname) AS tablespace,
    CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'true' END AS _not_populated,
    c.relowner::regrole::text AS owner
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
