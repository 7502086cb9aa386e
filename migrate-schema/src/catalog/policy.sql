SELECT 'policy' AS kind, 'pg_policy'::regclass::oid AS class, p.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(p.polname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    CASE WHEN NOT p.polpermissive THEN 'true' END AS restrictive,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END AS command,
    (SELECT json_agg(coalesce(quote_ident(r.rolname), 'PUBLIC') ORDER BY r.rolname)::text FROM unnest(p.polroles) role LEFT JOIN pg_roles r ON r.oid = role
        WHERE p.polroles <> '{0}') AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid) AS check
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
