SELECT 'range type' AS kind, 'pg_type'::regclass::oid AS class, t.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(t.typname)) AS path,
    format_type(r.rngsubtype, NULL) AS subtype,
    CASE WHEN NOT o.opcdefault OR o.opcintype <> r.rngsubtype THEN
        CASE WHEN no.nspname IN ('pg_catalog', 'public') THEN quote_ident(o.opcname) ELSE format('%I.%I', no.nspname, o.opcname) END END AS operator_class,
    CASE WHEN r.rngcollation <> 0 AND r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END AS collation,
    nullif(r.rngcanonical, 0)::regproc::text AS canonical,
    nullif(r.rngsubdiff, 0)::regproc::text AS difference,
    -- PostgreSQL gives it a name by itself: `multi` before the first `range` in that of the type, or `_multirange` at its end.
    CASE WHEN m.typname <> CASE WHEN strpos(t.typname, 'range') > 0
            THEN regexp_replace(t.typname, '^(.*?)range', '\1multirange') ELSE t.typname || '_multirange' END OR m.typnamespace <> t.typnamespace
        THEN CASE WHEN mn.nspname = 'public' THEN quote_ident(m.typname) ELSE format('%I.%I', mn.nspname, m.typname) END END AS multirange,
    m.oid::regtype::text AS _multirange,
    -- The functions that make values of it, and of its multirange, are called after these and in its schema, unless one was altered.
    CASE WHEN NOT f.are_usual THEN f.names END AS constructors,
    f.names AS _constructors,
    f.arguments AS _arguments,
    t.typowner::regrole::text AS owner
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_type s ON s.oid = r.rngsubtype
    JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace no ON no.oid = o.opcnamespace
    JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_namespace mn ON mn.oid = m.typnamespace,
    LATERAL (SELECT bool_and((p.proname, p.pronamespace) = (o.typname, t.typnamespace)) AS are_usual,
            json_agg(CASE WHEN pn.nspname = 'public' THEN quote_ident(p.proname) ELSE format('%I.%I', pn.nspname, p.proname) END
                ORDER BY d.refobjid = m.oid, p.pronargs, p.provariadic <> 0)::text AS names,
            json_agg(pg_get_function_identity_arguments(p.oid) ORDER BY d.refobjid = m.oid, p.pronargs, p.provariadic <> 0)::text AS arguments
        FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace pn ON pn.oid = p.pronamespace JOIN pg_type o ON o.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, m.oid)) f
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
