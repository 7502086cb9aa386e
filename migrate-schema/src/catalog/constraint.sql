SELECT 'constraint' AS kind, 'pg_constraint'::regclass::oid AS class, k.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(k.conname)) AS path,
    -- PostgreSQL drops a check with the parent's that it comes from.
    concat_ws(' ', format('%s:%s:0', 'pg_class'::regclass::oid, c.oid),
        CASE WHEN k.contype = 'c' AND k.coninhcount = 1 AND NOT k.conislocal
            THEN format('%s:%s:0', 'pg_constraint'::regclass::oid, above.oid) END) AS part_of,
    pg_get_constraintdef(k.oid) AS definition,
    k.contype AS _type,
    CASE WHEN k.coninhcount > 0 OR k.conparentid <> 0 THEN 'true' END AS _inherited,
    -- It stays without that of a parent.
    CASE WHEN k.contype = 'c' AND k.coninhcount > 0 AND k.conislocal THEN 'true' END AS _local,
    CASE WHEN k.coninhcount > 0 AND NOT k.conislocal AND NOT c.relispartition THEN 'true' END AS inherited_only,
    -- Its index may be a part of a partitioned index that no constraint has.
    CASE WHEN k.conparentid = 0 THEN whole_index.path END AS part_of_index,
    -- The key of the parent's that it is a part of.
    whole_key.path AS part_of_key,
    -- It waits for those of the partitions.
    CASE WHEN c.relkind = 'p' AND NOT x.indisvalid THEN 'true' END AS invalid,
    CASE WHEN k.contype = 'f' THEN format('%I.%I', rn.nspname, r.relname) END AS _references,
    CASE WHEN NOT k.convalidated THEN 'true' END AS _not_valid,
    CASE WHEN k.condeferrable THEN CASE WHEN k.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' ELSE 'DEFERRABLE' END END AS _deferrable,
    nullif(x.indisclustered, false)::text AS clustered,
    quote_ident(space.spcname) AS tablespace,
    CASE WHEN k.contype IN ('p', 'u') THEN pg_get_indexdef(k.conindid) END AS _index,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(ix.reloptions) o WHERE k.contype <> 'x') AS options,
    to_char(k.conindid::bigint, 'FM0000000000') AS _age,
    CASE WHEN c.relkind = 'p' THEN 'I' END AS _index_kind,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(ix.reloptions) o) AS _options,
    -- The same as the definition of an exclusion has it.
    (SELECT ' WITH (' || string_agg(quote_ident(o.name) || '=' || CASE quote_ident(o.value) WHEN o.value THEN o.value ELSE quote_literal(o.value) END,
            ', ' ORDER BY u.n) || ')'
        FROM unnest(ix.reloptions) WITH ORDINALITY u(text, n),
            LATERAL (SELECT split_part(u.text, '=', 1) AS name, substr(u.text, strpos(u.text, '=') + 1) AS value) o
        WHERE k.contype = 'x') AS _with,
    (SELECT json_agg(a.attnum || ' SET STATISTICS ' || a.attstattarget ORDER BY a.attnum)::text FROM pg_attribute a
        WHERE a.attrelid = ix.oid AND coalesce(a.attstattarget::int, -1) <> -1) AS statistics,
    (SELECT json_agg(quote_ident(a.attname) ORDER BY o.n)::text FROM unnest(k.conkey) WITH ORDINALITY o(attnum, n)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.attnum) AS _columns,
    -- Those that a foreign key refers to.
    (SELECT json_agg(quote_ident(a.attname) ORDER BY o.n)::text FROM unnest(k.confkey) WITH ORDINALITY o(attnum, n)
        JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = o.attnum) AS _referred,
    -- The keys of the index: what each is, how it is searched for, and by which operator two rows are alike.
    (SELECT json_agg(json_build_array(pg_get_indexdef(ix.oid, n, false), concat_ws(' ', oc.opcname, x.indcollation[n - 1]::regcollation, x.indoption[n - 1]),
            concat(coalesce(k.conexclop[n], (SELECT o.amopopr FROM pg_amop o WHERE o.amopfamily = oc.opcfamily AND o.amopstrategy = 3
                AND o.amopmethod = ix.relam AND o.amoplefttype = oc.opcintype AND o.amoprighttype = oc.opcintype))::regoperator,
                (SELECT ' COLLATE ' || co.oid::regcollation FROM pg_collation co WHERE co.oid = x.indcollation[n - 1] AND NOT co.collisdeterministic)))
            ORDER BY n)::text
        FROM generate_series(1, x.indnkeyatts) n JOIN pg_opclass oc ON oc.oid = x.indclass[n - 1]) AS _keys,
    (SELECT m.amname FROM pg_am m WHERE m.oid = ix.relam) AS _method,
    pg_get_expr(x.indpred, c.oid) AS _where
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
    LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_class ix ON ix.oid = x.indexrelid LEFT JOIN pg_tablespace space ON space.oid = ix.reltablespace
    LEFT JOIN (SELECT h.inhrelid, pk.conname, min(pk.oid) AS oid FROM pg_inherits h JOIN pg_constraint pk ON pk.conrelid = h.inhparent
            WHERE pk.contype = 'c' AND NOT pk.connoinherit GROUP BY 1, 2) above ON above.inhrelid = c.oid AND above.conname = k.conname
    LEFT JOIN (SELECT h.inhrelid, json_build_array(quote_ident(pn.nspname), quote_ident(p.relname))::text AS path
            FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace) whole_index
        ON whole_index.inhrelid = x.indexrelid
    LEFT JOIN (SELECT pk.oid, json_build_array(quote_ident(pn.nspname), quote_ident(p.relname), quote_ident(pk.conname))::text AS path
            FROM pg_constraint pk JOIN pg_class p ON p.oid = pk.conrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace) whole_key
        ON whole_key.oid = k.conparentid AND k.contype IN ('p', 'u', 'x')
WHERE k.contype IN ('c', 'p', 'u', 'x', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    -- That a foreign key looks at each partition is its own affair.
    AND NOT (k.contype = 'f' AND k.conparentid <> 0)
