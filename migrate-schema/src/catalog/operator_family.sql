-- What of a family belongs to no class of it is its own: what it is, and its text as ADD takes it.
WITH members AS (
    SELECT 'pg_amop'::regclass::oid AS class, p.oid, p.amopfamily AS family,
        format('OPERATOR %s (%s, %s)', p.amopstrategy, format_type(p.amoplefttype, NULL), format_type(p.amoprighttype, NULL)) AS name,
        format('OPERATOR %s %s%s', p.amopstrategy, p.amopopr::regoperator, CASE WHEN p.amopsortfamily <> 0 THEN
            (SELECT format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname) FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace
                WHERE s.oid = p.amopsortfamily) END) AS text
    FROM pg_amop p
    UNION ALL
    SELECT 'pg_amproc'::regclass, p.oid, p.amprocfamily,
        format('FUNCTION %s (%s, %s)', p.amprocnum, format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL)),
        format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
    FROM pg_amproc p
)
SELECT 'operator family' AS kind, 'pg_opfamily'::regclass::oid AS class, f.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(f.opfname), quote_ident(am.amname)) AS path,
    (SELECT json_object_agg(m.name, m.text ORDER BY m.name COLLATE "C", m.text COLLATE "C")::text FROM members m WHERE m.family = f.oid
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = m.class AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass)) AS members,
    f.opfowner::regrole::text AS owner
FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am am ON am.oid = f.opfmethod
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
