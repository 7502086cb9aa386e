SELECT 'index' AS kind, 'pg_class'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, t.oid) AS part_of,
    pg_get_indexdef(c.oid) AS definition,
    CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
    nullif(i.indisclustered, false)::text AS clustered,
    CASE WHEN i.indisunique THEN 'true' END AS _unique,
    json_build_array(quote_ident(tn.nspname), quote_ident(t.relname)) AS _table,
    -- Of two that are equal, PostgreSQL takes the older one first.
    to_char(c.oid::bigint, 'FM0000000000') AS _age,
    t.relkind AS _of,
    c.relkind AS _index_kind,
    -- A part of a partitioned index, as its schema, its name.
    whole.path AS part_of_index,
    (SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum)::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum <= i.indnkeyatts) AS _columns,
    -- The keys: what each is, how it is searched for, and by which operator two rows are alike.
    (SELECT json_agg(json_build_array(pg_get_indexdef(c.oid, n, false), concat_ws(' ', oc.opcname, i.indcollation[n - 1]::regcollation, i.indoption[n - 1]),
            concat((SELECT o.amopopr FROM pg_amop o WHERE o.amopfamily = oc.opcfamily AND o.amopstrategy = 3
                AND o.amopmethod = c.relam AND o.amoplefttype = oc.opcintype AND o.amoprighttype = oc.opcintype)::regoperator,
                (SELECT ' COLLATE ' || co.oid::regcollation FROM pg_collation co WHERE co.oid = i.indcollation[n - 1] AND NOT co.collisdeterministic)))
            ORDER BY n)::text
        FROM generate_series(1, i.indnkeyatts) n JOIN pg_opclass oc ON oc.oid = i.indclass[n - 1]) AS _keys,
    (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam) AS _method,
    pg_get_expr(i.indpred, t.oid) AS _where,
    (SELECT json_agg(a.attnum || ' SET STATISTICS ' || a.attstattarget ORDER BY a.attnum)::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND coalesce(a.attstattarget::int, -1) <> -1) AS statistics,
    quote_ident(space.spcname) AS tablespace,
    (SELECT json_agg(o ORDER BY o COLLATE "C")::text FROM unnest(c.reloptions) o) AS _options,
    -- The same as the definition has it.
    (SELECT ' WITH (' || string_agg(quote_ident(o.name) || '=' || CASE quote_ident(o.value) WHEN o.value THEN o.value ELSE quote_literal(o.value) END,
            ', ' ORDER BY u.n) || ')'
        FROM unnest(c.reloptions) WITH ORDINALITY u(text, n),
            LATERAL (SELECT split_part(u.text, '=', 1) AS name, substr(u.text, strpos(u.text, '=') + 1) AS value) o) AS _with
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
    LEFT JOIN (SELECT h.inhrelid, json_build_array(quote_ident(pn.nspname), quote_ident(p.relname))::text AS path
            FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace) whole
        ON whole.inhrelid = c.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = t.oid)
