SELECT 'text search dictionary' AS kind, 'pg_ts_dict'::regclass::oid AS class, d.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(d.dictname)) AS path,
    json_build_array(quote_ident(tn.nspname), quote_ident(t.tmplname))::text AS template,
    nullif(d.dictinitoption, '') AS options,
    d.dictowner::regrole::text AS owner
FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
    JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
