SELECT 'foreign-data wrapper' AS kind, 'pg_foreign_data_wrapper'::regclass::oid AS class, f.oid AS id, 0 AS sub,
    json_build_array(quote_ident(f.fdwname)) AS path,
    CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::regproc::text END AS handler,
    CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::regproc::text END AS validator,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(f.fdwoptions) o) AS foreign_options,
    f.fdwowner::regrole::text AS owner
FROM pg_foreign_data_wrapper f
