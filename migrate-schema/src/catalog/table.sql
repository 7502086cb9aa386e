SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
    'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    format('%s:%s:0', 'pg_namespace'::regclass::oid, n.oid) AS needs,
    CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partitioned_by,
    -- Of what type the columns are by which it is partitioned, which cannot be altered.
    (SELECT json_agg(json_build_array(format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation) ORDER BY k.place)::text
        FROM pg_partitioned_table pt, unnest(pt.partattrs::int2[]) WITH ORDINALITY k(number, place), pg_attribute a
        WHERE pt.partrelid = c.oid AND a.attrelid = c.oid AND a.attnum = k.number) AS partition_key,
    CASE WHEN dp.oid IS NOT NULL THEN json_build_array(quote_ident(dn.nspname), quote_ident(dp.relname))::text END AS _default_partition,
    CASE c.relpersistence WHEN 'u' THEN 'true' END AS unlogged,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(c.reloptions || (SELECT array_agg('toast.' || t) FROM unnest(toast.reloptions) t)) o) AS options,
    nullif(am.amname, 'heap') AS access_method,
    quote_ident(space.spcname) AS tablespace,
    CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END AS of_type,
    nullif(c.relrowsecurity, false)::text AS row_security,
    nullif(c.relforcerowsecurity, false)::text AS force_row_security,
    (SELECT quote_ident(s.srvname) FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) AS server,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM pg_foreign_table f, unnest(f.ftoptions) o WHERE f.ftrelid = c.oid) AS foreign_options,
    c.relowner::regrole::text AS owner
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
    LEFT JOIN pg_partitioned_table pd ON pd.partrelid = c.oid
    LEFT JOIN pg_class dp ON dp.oid = pd.partdefid LEFT JOIN pg_namespace dn ON dn.oid = dp.relnamespace
    LEFT JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
