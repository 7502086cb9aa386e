SELECT 'collation' AS kind, 'pg_collation'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.collname)) AS path,
    CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END AS provider,
    -- The column for this has had three names.
    coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', CASE c.collprovider WHEN 'i' THEN c.collcollate END) AS locale,
    CASE WHEN c.collprovider = 'c' THEN c.collcollate END AS collate,
    CASE WHEN c.collprovider = 'c' THEN c.collctype END AS ctype,
    CASE WHEN NOT c.collisdeterministic THEN 'false' END AS deterministic,
    to_jsonb(c) ->> 'collicurules' AS rules,
    c.collowner::regrole::text AS owner
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
