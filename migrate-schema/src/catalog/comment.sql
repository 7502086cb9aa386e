-- The path begins with the words that COMMENT ON has for what it is on.
SELECT 'comment' AS kind, 'pg_description'::regclass::oid AS class, d.objoid AS id, d.objsubid AS sub,
    CASE d.classoid
        WHEN 'pg_type'::regclass THEN (SELECT json_build_array(CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, quote_ident(n.nspname), quote_ident(t.typname))
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = d.objoid)
        WHEN 'pg_constraint'::regclass THEN (SELECT json_build_array(CASE k.contypid WHEN 0 THEN 'constraint' ELSE 'domain constraint' END,
                quote_ident(n.nspname), quote_ident(coalesce(c.relname, t.typname)), quote_ident(k.conname))
            FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
                JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace) WHERE k.oid = d.objoid)
        ELSE coalesce((SELECT json_build_array('identity', quote_ident(tn.nspname), quote_ident(t.relname), quote_ident(a.attname))
            FROM pg_depend i JOIN pg_class t ON t.oid = i.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.refobjsubid
            WHERE o.type = 'sequence' AND i.classid = d.classoid AND i.objid = d.objoid AND i.deptype = 'i' AND i.refclassid = d.classoid),
        (SELECT json_agg(part ORDER BY place) FROM (
            SELECT 0::bigint AS place, CASE WHEN d.objsubid > 0 THEN 'column' WHEN o.type = 'statistics object' THEN 'statistics'
                WHEN o.type = 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE o.type END AS part
            -- The types of a cast are written as such, and so are the signs of an operator; everything else is a name.
            UNION ALL SELECT u.place, CASE WHEN d.classoid = 'pg_cast'::regclass OR d.classoid = 'pg_operator'::regclass AND u.place = 2
                THEN u.part ELSE quote_ident(u.part) END
            FROM unnest(o.object_names) WITH ORDINALITY u(part, place)
            UNION ALL SELECT 100, coalesce(string_agg(u.part, ', ' ORDER BY u.place), '') FROM unnest(o.object_args) WITH ORDINALITY u(part, place)
            HAVING d.classoid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass)) parts))
    END AS path,
    CASE o.type WHEN 'sequence' THEN d.objoid::regclass::text END AS _sequence,
    format('%s:%s:%s', d.classoid, d.objoid, d.objsubid) AS part_of,
    d.description AS text,
    (SELECT 'true' FROM pg_extension e JOIN pg_available_extensions v ON v.name = e.extname
        WHERE d.classoid = 'pg_extension'::regclass AND e.oid = d.objoid AND v.comment = d.description) AS _of_extension
FROM pg_description d, pg_identify_object_as_address(d.classoid, d.objoid, d.objsubid) o
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public'))
    AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classoid AND m.objid = d.objoid AND m.deptype = 'e')
