-- Every sequence: its schema, its name, where it starts, the table that owns it, and all tables to which it gives values.
SELECT quote_ident(n.nspname), quote_ident(c.relname), s.seqstart,
    (SELECT format('%I.%I', o.nspname, t.relname) FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
        JOIN pg_namespace o ON o.oid = t.relnamespace
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
        AND d.deptype IN ('a', 'i')),
    (WITH RECURSIVE users (oid) AS (
        (SELECT d.refobjid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        UNION
        SELECT a.adrelid FROM pg_depend d JOIN pg_attrdef a ON a.oid = d.objid WHERE d.classid = 'pg_attrdef'::regclass
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
        UNION
        SELECT i.inhrelid FROM pg_inherits i JOIN users u ON i.inhparent = u.oid)
    SELECT string_agg(u.oid::text, ' ') FROM users u)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
    AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
