SELECT 'operator class' AS kind, 'pg_opclass'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.opcname), quote_ident(am.amname)) AS path,
    format_type(c.opcintype, NULL) AS type,
    nullif(c.opcdefault, false)::text AS default,
    json_build_array(quote_ident(fn.nspname), quote_ident(f.opfname))::text AS family,
    CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
    (SELECT json_agg(m.text ORDER BY m.sort, m.number, m.text COLLATE "C")::text
        FROM (SELECT 1 AS sort, p.amopstrategy AS number, format('OPERATOR %s %s%s', p.amopstrategy, p.amopopr::regoperator,
                CASE WHEN p.amopsortfamily <> 0 THEN (SELECT format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname)
                    FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = p.amopsortfamily) END) AS text
            FROM pg_depend d JOIN pg_amop p ON p.oid = d.objid
            WHERE d.classid = 'pg_amop'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid
            UNION ALL
            SELECT 2, p.amprocnum, format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
                format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
            FROM pg_depend d JOIN pg_amproc p ON p.oid = d.objid
            WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid) m) AS members,
    c.opcowner::regrole::text AS owner
FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace JOIN pg_am am ON am.oid = c.opcmethod
    JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
