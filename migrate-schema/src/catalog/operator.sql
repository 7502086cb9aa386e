SELECT 'operator' AS kind, 'pg_operator'::regclass::oid AS class, o.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), o.oprname, CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END) AS path,
    -- Another operator's commutator or negator that nobody has made.
    CASE WHEN o.oprcode = 0 THEN 'true' END AS shell,
    CASE WHEN o.oprcode <> 0 THEN o.oprcode::regproc::text END AS function,
    c.name AS commutator,
    g.name AS negator,
    CASE WHEN o.oprrest <> 0 THEN o.oprrest::regproc::text END AS restrict,
    CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::regproc::text END AS join,
    nullif(o.oprcanhash, false)::text AS hashes,
    nullif(o.oprcanmerge, false)::text AS merges,
    o.oprowner::regrole::text AS owner
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    LEFT JOIN LATERAL (SELECT format('OPERATOR(%I.%s)', cn.nspname, c.oprname) AS name
        FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprcom) c ON true
    LEFT JOIN LATERAL (SELECT format('OPERATOR(%I.%s)', gn.nspname, g.oprname) AS name
        FROM pg_operator g JOIN pg_namespace gn ON gn.oid = g.oprnamespace WHERE g.oid = o.oprnegate) g ON true
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
