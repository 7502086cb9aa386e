-- What is made by one statement and dropped by another, and what is only named where it differs: that has no definition.
SELECT 'other' AS kind, 'pg_language'::regclass::oid AS class, l.oid AS id, 0 AS sub,
    json_build_array('LANGUAGE', quote_ident(l.lanname)) AS path,
    concat('CREATE ', CASE WHEN l.lanpltrusted THEN 'TRUSTED ' END, 'LANGUAGE ', quote_ident(l.lanname), ' HANDLER ' || nullif(l.lanplcallfoid, 0)::regproc,
        ' INLINE ' || nullif(l.laninline, 0)::regproc, ' VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc) AS definition,
    concat('DROP LANGUAGE ', quote_ident(l.lanname)) AS _drop,
    NULL AS state,
    l.lanowner::regrole::text AS owner
FROM pg_language l WHERE l.oid >= 16384
UNION ALL
SELECT 'other', 'pg_am'::regclass, a.oid, 0, json_build_array('ACCESS METHOD', quote_ident(a.amname)),
    format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname, CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, a.amhandler),
    format('DROP ACCESS METHOD %I', a.amname), NULL, NULL
FROM pg_am a WHERE a.oid >= 16384
UNION ALL
SELECT 'other', 'pg_transform'::regclass, t.oid, 0,
    json_build_array('TRANSFORM', format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname)),
    format('CREATE TRANSFORM FOR %s LANGUAGE %I (%s)', format_type(t.trftype, NULL), l.lanname, concat_ws(', ',
        'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql::oid, 0)::regprocedure, 'TO SQL WITH FUNCTION ' || nullif(t.trftosql::oid, 0)::regprocedure)),
    format('DROP TRANSFORM FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname), NULL, NULL
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE t.oid >= 16384
UNION ALL
SELECT 'other', 'pg_conversion'::regclass, c.oid, 0, json_build_array('CONVERSION', quote_ident(n.nspname), quote_ident(c.conname)),
    format('CREATE %sCONVERSION %s FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' END, x.name,
        pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc),
    format('DROP CONVERSION %s', x.name), NULL, c.conowner::regrole::text
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace,
    LATERAL (SELECT CASE n.nspname WHEN 'public' THEN quote_ident(c.conname) ELSE format('%I.%I', n.nspname, c.conname) END AS name) x
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
-- A type that is declared and not defined.
SELECT 'other', 'pg_type'::regclass, t.oid, 0, json_build_array('TYPE', quote_ident(n.nspname), quote_ident(t.typname)),
    format('CREATE TYPE %s', x.name), format('DROP TYPE %s', x.name), NULL, t.typowner::regrole::text
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace,
    LATERAL (SELECT CASE n.nspname WHEN 'public' THEN quote_ident(t.typname) ELSE format('%I.%I', n.nspname, t.typname) END AS name) x
WHERE t.typtype = 'p' AND NOT t.typisdefined AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'other', 'pg_type'::regclass, t.oid, 0, json_build_array('TYPE', quote_ident(n.nspname), quote_ident(t.typname)),
    NULL, NULL, concat_ws(', ', 'INPUT = ' || t.typinput, 'OUTPUT = ' || t.typoutput, 'RECEIVE = ' || nullif(t.typreceive::oid, 0)::regproc,
        'SEND = ' || nullif(t.typsend::oid, 0)::regproc, 'TYPMOD_IN = ' || nullif(t.typmodin::oid, 0)::regproc,
        'TYPMOD_OUT = ' || nullif(t.typmodout::oid, 0)::regproc, 'ANALYZE = ' || nullif(t.typanalyze::oid, 0)::regproc,
        'SUBSCRIPT = ' || nullif(t.typsubscript::oid, 0)::regproc, 'INTERNALLENGTH = ' || coalesce(nullif(t.typlen, -1)::text, 'VARIABLE'),
        CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
        'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
        'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
        'CATEGORY = ' || quote_literal(t.typcategory::text), CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
        'DEFAULT = ' || quote_literal(t.typdefault), 'ELEMENT = ' || nullif(t.typelem, 0)::regtype, 'DELIMITER = ' || quote_literal(t.typdelim::text),
        CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END), t.typowner::regrole::text
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'b' AND NOT (t.typelem <> 0 AND t.typcategory = 'A') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'other', 0, 0, 0, json_build_array('SECURITY LABEL', l.provider, l.objtype, l.objname), NULL, NULL, l.label, NULL
FROM pg_seclabels l WHERE l.objoid >= 16384 AND l.objtype NOT IN ('role', 'database', 'tablespace')
