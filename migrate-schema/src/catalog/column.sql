SELECT 'column' AS kind, 'pg_class'::regclass::oid AS class, c.oid AS id, a.attnum AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(a.attname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    format_type(a.atttypid, a.atttypmod) AS type,
    nullif(a.attnotnull, false)::text AS not_null,
    -- From PostgreSQL 18 on it is a constraint. Nothing but its parent gives another name to one that is inherited.
    CASE WHEN nn.coninhcount = 0 THEN quote_ident(nullif(nn.conname, format('%s_%s_not_null', c.relname, a.attname))) END AS not_null_name,
    CASE WHEN NOT nn.convalidated THEN 'true' END AS not_null_unchecked,
    CASE WHEN nn.connoinherit THEN 'true' END AS not_null_not_inherited,
    quote_ident(nn.conname) AS _not_null_name,
    -- Where another table has a constraint of the name, PostgreSQL does not give it by itself.
    CASE WHEN nn.coninhcount = 0 AND EXISTS (SELECT FROM pg_constraint o WHERE o.conname = nn.conname AND o.connamespace = nn.connamespace
        AND o.conrelid <> nn.conrelid AND o.coninhcount = 0) THEN 'true' END AS _not_null_name_taken,
    CASE WHEN nn.coninhcount > 0 THEN 'true' END AS _not_null_inherited,
    CASE WHEN nn.coninhcount > 0 AND NOT EXISTS (SELECT FROM pg_inherits h JOIN pg_constraint pk ON pk.conrelid = h.inhparent
        WHERE h.inhrelid = c.oid AND pk.contype = 'n' AND pk.conname = nn.conname) THEN quote_ident(nn.conname) END AS _not_null_apart,
    -- Whether it stays without that of a parent.
    CASE WHEN nn.conislocal THEN 'true' END AS _not_null_local,
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
    (SELECT concat_ws(' ', nullif('START WITH ' || s.seqstart, 'START WITH 1'), nullif('INCREMENT BY ' || s.seqincrement, 'INCREMENT BY 1'),
        nullif('MINVALUE ' || s.seqmin, 'MINVALUE 1'),
        -- Of the column's type: with LIKE a table gets a sequence of another one, which counts as far.
        CASE WHEN s.seqmax <> CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END
            THEN 'MAXVALUE ' || s.seqmax END,
        nullif('CACHE ' || s.seqcache, 'CACHE 1'), CASE WHEN s.seqcycle THEN 'CYCLE' END)
     FROM pg_sequence s WHERE s.seqrelid = q.oid) AS identity_options,
    -- What PostgreSQL calls the sequence where nobody gives it a name.
    quote_ident(nullif(q.relname, format('%s_%s_seq', c.relname, a.attname))) AS sequence_name,
    -- From PostgreSQL 15 on it is by default as its table is.
    CASE WHEN current_setting('server_version_num')::int >= 150000 AND q.relpersistence <> c.relpersistence
        THEN CASE q.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END END AS sequence_persistence,
    CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END AS _usual_sequence_persistence,
    quote_ident(q.relname) AS _sequence_name,
    q.oid::regclass::text AS _sequence,
    CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
    CASE a.attgenerated WHEN 'v' THEN 'virtual' WHEN 's' THEN 'stored' END AS generated_kind,
    CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
    CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END AS _usual_storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
    nullif(coalesce(a.attstattarget::int, -1), -1)::text AS statistics,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%') AS options,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(a.attfdwoptions) o) AS foreign_options,
    -- Local to a partition means nothing: it has what its parent has.
    CASE WHEN a.attinhcount > 0 AND NOT c.relispartition THEN CASE WHEN a.attislocal THEN NULL ELSE 'true' END END AS inherited_only,
    CASE WHEN a.attinhcount > 0 THEN 'true' END AS _inherited,
    CASE WHEN c.relispartition THEN 'true' END AS _of_partition,
    to_char(a.attnum, 'FM00000') AS _place,
    t.typcategory AS _category
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN pg_constraint nn ON nn.conrelid = c.oid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
    LEFT JOIN (pg_depend dq JOIN pg_class q ON q.oid = dq.objid AND q.relkind = 'S') ON dq.classid = 'pg_class'::regclass AND dq.deptype = 'i'
        AND dq.refclassid = 'pg_class'::regclass AND dq.refobjid = c.oid AND dq.refobjsubid = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
