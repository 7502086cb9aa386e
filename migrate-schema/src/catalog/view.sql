SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
    'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    pg_get_viewdef(c.oid) AS definition,
    (SELECT json_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> 0 THEN ' ' || a.attcollation::regcollation ELSE '' END ORDER BY a.attnum)::text
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(c.reloptions || (SELECT array_agg('toast.' || t) FROM unnest(toast.reloptions) t)) o) AS options,
    -- Of a materialized view: how its columns are kept, where that is not as their types have it.
    (SELECT json_object_agg(quote_ident(a.attname), x.settings ORDER BY a.attnum)::text
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid,
            LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('statistics', nullif(coalesce(a.attstattarget::int, -1), -1)::text,
                'storage', CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
                'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
                'options', (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(a.attoptions) o))) AS settings) x
        WHERE c.relkind = 'm' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND x.settings <> '{}') AS column_settings,
    (SELECT json_object_agg(quote_ident(a.attname), CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)::text
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relkind = 'm' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS _usual_storage,
    CASE WHEN c.relkind = 'm' THEN nullif(am.amname, 'heap') END AS access_method,
    quote_ident(space.spcname) AS tablespace,
    CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'true' END AS _not_populated,
    c.relowner::regrole::text AS owner
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
    LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
