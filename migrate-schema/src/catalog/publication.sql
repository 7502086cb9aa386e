SELECT 'publication' AS kind, 'pg_publication'::regclass::oid AS class, p.oid AS id, 0 AS sub,
    json_build_array(quote_ident(p.pubname)) AS path,
    nullif(p.puballtables, false)::text AS all_tables,
    CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate) THEN
        concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) END AS publish,
    nullif(p.pubviaroot, false)::text AS via_root,
    -- Generated columns are published from PostgreSQL 18 on.
    CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END AS generated_columns,
    p.pubowner::regrole::text AS owner
FROM pg_publication p
