-- What goes with an extension that has not made it. The path begins with the word that ALTER has for it.
SELECT 'dependency on extension' AS kind, 0 AS class, d.objid AS id, 5 AS sub,
    (SELECT json_agg(part ORDER BY place) FROM (
        SELECT 0::bigint AS place, upper(o.type) AS part
        UNION ALL SELECT u.place, quote_ident(u.part) FROM unnest(o.object_names) WITH ORDINALITY u(part, place)
        UNION ALL SELECT 100, coalesce((SELECT string_agg(format_type(u.t, NULL), ', ' ORDER BY u.n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), '')
        FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
        UNION ALL SELECT 101, quote_ident(e.extname)) parts) AS path,
    format('%s:%s:0', d.classid, d.objid) AS part_of,
    format('%s:%s:0', d.refclassid, d.refobjid) AS needs
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid,
    pg_identify_object_as_address(d.classid, d.objid, 0) o
WHERE d.deptype = 'x'
