-- What made-up rows must be like. Each line says in its first column what it is.

-- Tables that take rows of their own, the parents of partitions, what a partition has to be like, and whether there may be rows.
SELECT 'table', c.oid::text, quote_ident(n.nspname), quote_ident(c.relname), c.relkind::text,
    (WITH RECURSIVE above (oid) AS (SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition
        UNION SELECT i.inhparent FROM above JOIN pg_inherits i ON i.inhrelid = above.oid
            JOIN pg_class p ON p.oid = above.oid AND p.relispartition)
    SELECT string_agg(above.oid::text, ' ') FROM above),
    CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END,
    (pg_relation_size(c.oid) > 0)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 3, 4;

-- Columns, and the sequence that gives them values.
SELECT 'column', a.attrelid::text, a.attnum::text, quote_ident(a.attname), a.atttypid::text, format_type(a.atttypid, a.atttypmod),
    (a.attnotnull OR EXISTS (WITH RECURSIVE below (oid) AS (SELECT a.atttypid
        UNION SELECT t.typbasetype FROM below JOIN pg_type t ON t.oid = below.oid AND t.typtype = 'd')
        SELECT FROM below JOIN pg_type t ON t.oid = below.oid WHERE t.typtype = 'd' AND t.typnotnull))::text,
    (SELECT s.seqrelid::regclass::text FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = CASE WHEN d.refobjid = c.oid THEN d.objid ELSE d.refobjid END
        LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
        OR d.refclassid = 'pg_class'::regclass AND f.adrelid = c.oid AND f.adnum = a.attnum LIMIT 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attrelid, a.attnum;

-- Checks.
SELECT 'check', o.conrelid::text, array_to_string(o.conkey, ' '), pg_get_expr(o.conbin, o.conrelid)
FROM pg_constraint o WHERE o.contype = 'c' AND o.conrelid <> 0 ORDER BY o.conrelid, o.conname;

-- Foreign keys: of several that stand for one on partitioned tables, the first.
SELECT 'reference', o.conrelid::text, array_to_string(o.conkey, ' '), o.confrelid::text, array_to_string(o.confkey, ' '),
    o.condeferrable::text
FROM pg_constraint o WHERE o.contype = 'f'
    AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = o.conparentid AND p.conrelid = o.conrelid)
ORDER BY o.conrelid, o.conname;

-- Keys, and what excludes other rows.
SELECT 'distinct', i.indrelid::text, array_to_string(i.indkey::int2[], ' ') FROM pg_index i WHERE i.indisunique OR i.indisexclusion;

-- Types: what their values are made of.
SELECT 'type', t.oid::text, t.typname::text, t.typtype::text, t.typcategory::text,
    CASE WHEN t.typcategory = 'A' THEN t.typelem END::text,
    CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE coalesce(r.rngsubtype, m.rngtypid) END::text,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(coalesce(r.rngsubtype, m.rngtypid), NULL) END,
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum e WHERE e.enumtypid = t.oid),
    (SELECT json_agg(json_build_array(a.atttypid::text, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)::text FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT string_agg(pg_get_expr(o.conbin, 0), ' ' ORDER BY o.conname) FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c')
FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_range m ON m.rngmultitypid = t.oid
WHERE t.typtype <> 'p';

-- What acts on rows beside constraints: how it is enabled, and its name behind what it is.
SELECT 'reaction', t.tgrelid::text, t.tgenabled::text, format('TRIGGER %I', t.tgname) FROM pg_trigger t
WHERE t.tgenabled <> 'D' AND (NOT t.tgisinternal OR t.tgparentid <> 0 AND t.tgconstraint = 0)
UNION ALL
SELECT 'reaction', r.ev_class::text, r.ev_enabled::text, format('RULE %I', r.rulename) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE r.ev_enabled <> 'D' AND c.relkind IN ('r', 'p')
ORDER BY 2, 4;
