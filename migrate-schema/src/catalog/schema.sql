SELECT 'schema' AS kind, 'pg_namespace'::regclass::oid AS class, n.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname)) AS path,
    n.nspowner::regrole::text AS owner
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
