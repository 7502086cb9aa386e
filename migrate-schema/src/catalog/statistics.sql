SELECT 'statistics' AS kind, 'pg_statistic_ext'::regclass::oid AS class, s.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(s.stxname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, s.stxrelid) AS part_of,
    -- pg_get_statisticsobjdef leaves out parentheses, and so prints different expressions alike.
    concat('CREATE STATISTICS ', quote_ident(n.nspname), '.', quote_ident(s.stxname),
        CASE WHEN NOT s.stxkind @> '{d,f,m}' THEN nullif(format(' (%s)', concat_ws(', ', CASE WHEN 'd' = ANY (s.stxkind) THEN 'ndistinct' END,
            CASE WHEN 'f' = ANY (s.stxkind) THEN 'dependencies' END, CASE WHEN 'm' = ANY (s.stxkind) THEN 'mcv' END)), ' ()') END,
        ' ON ', concat_ws(', ', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
                FROM unnest(s.stxkeys::int2[]) WITH ORDINALITY k(number, place) JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = k.number),
            (SELECT string_agg(format('(%s)', e.text), ', ' ORDER BY e.place)
                FROM unnest(pg_get_statisticsobjdef_expressions(s.oid)) WITH ORDINALITY e(text, place))),
        ' FROM ', s.stxrelid::regclass) AS definition,
    nullif(coalesce(s.stxstattarget::int, -1), -1)::text AS target,
    s.stxowner::regrole::text AS owner
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
