SELECT 'domain constraint' AS kind, 'pg_constraint'::regclass::oid AS class, k.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.typname), quote_ident(k.conname)) AS path,
    format('%s:%s:0', 'pg_type'::regclass::oid, t.oid) AS part_of,
    pg_get_constraintdef(k.oid) AS definition,
    CASE WHEN NOT k.convalidated THEN 'true' END AS _not_valid
FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE k.contype = 'c' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
