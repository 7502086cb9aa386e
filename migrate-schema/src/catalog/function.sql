SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    'pg_proc'::regclass::oid AS class, p.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(p.proname), 
        coalesce((SELECT string_agg(format_type(u.t, NULL), ', ' ORDER BY u.n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), '')) AS path,
    pg_get_functiondef(p.oid) AS definition,
    -- What CREATE OR REPLACE cannot change.
    pg_get_function_result(p.oid) AS result,
    array_to_json(p.proargnames)::text AS argument_names,
    array_to_json(p.proargmodes)::text AS argument_modes,
    nullif(p.pronargdefaults, 0)::text AS defaults,
    p.prokind AS routine,
    CASE WHEN p.prosqlbody IS NULL AND l.lanname IN ('sql', 'plpgsql') THEN p.prosrc END AS _body,
    p.proowner::regrole::text AS owner
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p', 'w') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    -- The constructors of a range.
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
