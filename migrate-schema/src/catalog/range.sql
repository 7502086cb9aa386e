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
    t.typowner::regrole::text AS owner
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_type s ON s.oid = r.rngsubtype
    JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace no ON no.oid = o.opcnamespace
    JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_namespace mn ON mn.oid = m.typnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
