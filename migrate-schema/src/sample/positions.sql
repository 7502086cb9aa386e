-- Every sequence: its name, its bounds, and the columns to which it gives values.
SELECT json_build_array(quote_ident(n.nspname), quote_ident(c.relname)), s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
    (SELECT json_agg(json_build_array(quote_ident(tn.nspname), quote_ident(t.relname), quote_ident(a.attname)) ORDER BY t.oid, a.attnum)
     FROM (SELECT d.refobjid AS rel, d.refobjsubid AS num FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
        UNION SELECT f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
            WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid) u
        JOIN pg_class t ON t.oid = u.rel JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = u.rel AND a.attnum = u.num)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' ORDER BY n.nspname, c.relname
