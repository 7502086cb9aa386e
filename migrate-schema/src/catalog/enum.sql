SELECT 'enum' AS kind, 'pg_type'::regclass::oid AS class, t.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.typname)) AS path,
    coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '[]')::text AS values,
    t.typowner::regrole::text AS owner
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
