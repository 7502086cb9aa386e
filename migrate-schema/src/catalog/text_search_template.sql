SELECT 'text search template' AS kind, 'pg_ts_template'::regclass::oid AS class, t.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.tmplname)) AS path,
    concat_ws(', ', CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit::regproc END, 'LEXIZE = ' || t.tmpllexize) AS definition
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
