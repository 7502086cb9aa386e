SELECT 'aggregate' AS kind, 'pg_proc'::regclass::oid AS class, p.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(p.proname),
        -- As DROP names them: `*` where there are none, and those that the rows are ordered by apart.
        CASE WHEN p.pronargs = 0 THEN '*'
            WHEN g.aggkind = 'n' THEN args.list
            ELSE concat_ws(' ', direct.list, 'ORDER BY', CASE WHEN g.aggnumdirectargs = p.pronargs THEN direct.last ELSE ordered.list END) END) AS path,
    CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END AS arguments,
    pg_get_function_result(p.oid) AS result,
    nullif(g.aggkind, 'n') AS kind_of,
    (SELECT json_agg(o.text ORDER BY o.n)::text FROM (VALUES
        (1, 'SFUNC = ' || g.aggtransfn::regproc),
        (2, 'STYPE = ' || format_type(g.aggtranstype, NULL)),
        (3, CASE WHEN g.aggtransspace <> 0 THEN 'SSPACE = ' || g.aggtransspace END),
        (4, CASE WHEN g.aggfinalfn <> 0 THEN 'FINALFUNC = ' || g.aggfinalfn::regproc END),
        (5, CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END),
        (6, CASE WHEN g.aggfinalmodify <> CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN 'FINALFUNC_MODIFY = ' ||
            CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END),
        (7, CASE WHEN g.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || g.aggcombinefn::regproc END),
        (8, CASE WHEN g.aggserialfn <> 0 THEN 'SERIALFUNC = ' || g.aggserialfn::regproc END),
        (9, CASE WHEN g.aggdeserialfn <> 0 THEN 'DESERIALFUNC = ' || g.aggdeserialfn::regproc END),
        (10, 'INITCOND = ' || quote_literal(g.agginitval)),
        (11, CASE WHEN g.aggmtransfn <> 0 THEN 'MSFUNC = ' || g.aggmtransfn::regproc END),
        (12, CASE WHEN g.aggminvtransfn <> 0 THEN 'MINVFUNC = ' || g.aggminvtransfn::regproc END),
        (13, CASE WHEN g.aggmtranstype <> 0 THEN 'MSTYPE = ' || format_type(g.aggmtranstype, NULL) END),
        (14, CASE WHEN g.aggmtransspace <> 0 THEN 'MSSPACE = ' || g.aggmtransspace END),
        (15, CASE WHEN g.aggmfinalfn <> 0 THEN 'MFINALFUNC = ' || g.aggmfinalfn::regproc END),
        (16, CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END),
        (17, CASE WHEN g.aggmtransfn <> 0 AND g.aggmfinalmodify <> CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN 'MFINALFUNC_MODIFY = ' ||
            CASE g.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END),
        (18, 'MINITCOND = ' || quote_literal(g.aggminitval)),
        (19, (SELECT format('SORTOP = OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
            WHERE o.oid = g.aggsortop)),
        (20, CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END),
        (21, CASE g.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END)) o(n, text)
        WHERE o.text IS NOT NULL) AS options,
    p.proowner::regrole::text AS owner
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate g ON g.aggfnoid = p.oid,
    LATERAL (SELECT string_agg(a.text, ', ' ORDER BY a.n) AS list,
            array_agg(a.text ORDER BY a.n) AS each
        FROM (SELECT u.n, CASE WHEN p.proargmodes[u.n] = 'v' THEN 'VARIADIC ' ELSE '' END || format_type(u.t, NULL) AS text
            FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)) a) args,
    LATERAL (SELECT nullif(array_to_string(args.each[1:g.aggnumdirectargs], ', '), '') AS list, args.each[g.aggnumdirectargs] AS last) direct,
    LATERAL (SELECT array_to_string(args.each[g.aggnumdirectargs + 1:], ', ') AS list) ordered
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
