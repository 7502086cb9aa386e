SELECT 'composite type' AS kind, 'pg_type'::regclass::oid AS class, t.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.typname)) AS path,
    -- Each as its name, its type, and its collation.
    coalesce((SELECT json_agg(json_build_array(quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attcollation <> 0 AND a.attcollation <> at.typcollation THEN a.attcollation::regcollation::text ELSE '' END) ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')::text AS attributes,
    t.typowner::regrole::text AS owner
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
