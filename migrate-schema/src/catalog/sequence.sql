SELECT 'sequence' AS kind, 'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    nullif(s.seqtypid::regtype::text, 'bigint') AS type,
    nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END)::text AS start,
    nullif(s.seqincrement, 1)::text AS increment,
    CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1
        ELSE CASE s.seqtypid WHEN 'int2'::regtype THEN -32768 WHEN 'int4'::regtype THEN -2147483648 ELSE -9223372036854775808 END END
        THEN s.seqmin::text END AS minimum,
    CASE WHEN s.seqmax <> CASE WHEN s.seqincrement < 0 THEN -1
        ELSE CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END END
        THEN s.seqmax::text END AS maximum,
    nullif(s.seqcache, 1)::text AS cache,
    nullif(s.seqcycle, false)::text AS cycle,
    CASE c.relpersistence WHEN 'u' THEN 'true' END AS unlogged,
    c.relowner::regrole::text AS owner
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
