SELECT 'domain' AS kind, 'pg_type'::regclass::oid AS class, t.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.typname)) AS path,
    format_type(t.typbasetype, t.typtypmod) AS type,
    CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS collation,
    nullif(t.typnotnull, false)::text AS not_null,
    -- From PostgreSQL 17 on.
    quote_ident(nullif(nn.conname, format('%s_not_null', t.typname))) AS not_null_name,
    quote_ident(nn.conname) AS _not_null_name,
    coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS default,
    t.typcategory AS _category,
    t.typowner::regrole::text AS owner
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
    LEFT JOIN pg_constraint nn ON nn.contypid = t.oid AND nn.contype = 'n'
WHERE t.typtype = 'd' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
