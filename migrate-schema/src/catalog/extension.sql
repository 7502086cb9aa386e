SELECT 'extension' AS kind, 'pg_extension'::regclass::oid AS class, e.oid AS id, 0 AS sub,
    json_build_array(quote_ident(e.extname)) AS path,
    quote_ident(n.nspname) AS schema,
    CASE WHEN e.extrelocatable THEN 'true' END AS _relocatable,
    CASE WHEN v.comment IS NOT NULL THEN 'true' END AS _comes_with_comment
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace LEFT JOIN pg_available_extensions v ON v.name = e.extname
-- It is in every database.
WHERE e.extname <> 'plpgsql'
