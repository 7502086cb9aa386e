SELECT 'statistics' AS kind, 'pg_statistic_ext'::regclass::oid AS class, s.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(s.stxname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, s.stxrelid) AS part_of,
    pg_get_statisticsobjdef(s.oid) AS definition,
    nullif(coalesce(s.stxstattarget::int, -1), -1)::text AS target,
    s.stxowner::regrole::text AS owner
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
