SELECT 'server' AS kind, 'pg_foreign_server'::regclass::oid AS class, s.oid AS id, 0 AS sub,
    json_build_array(quote_ident(s.srvname)) AS path,
    quote_ident(f.fdwname) AS wrapper,
    s.srvtype AS type,
    s.srvversion AS version,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(s.srvoptions) o) AS foreign_options,
    s.srvowner::regrole::text AS owner
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
