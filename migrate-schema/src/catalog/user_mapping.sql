-- The view shows the options to those who may see them, and the table is only for superusers.
SELECT 'user mapping' AS kind, 'pg_user_mapping'::regclass::oid AS class, u.umid AS id, 0 AS sub,
    json_build_array(quote_ident(u.srvname),
        CASE u.umuser WHEN 0 THEN 'PUBLIC' WHEN current_user::regrole THEN 'CURRENT_USER' ELSE u.umuser::regrole::text END) AS path,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(u.umoptions) o) AS foreign_options
FROM pg_user_mappings u
