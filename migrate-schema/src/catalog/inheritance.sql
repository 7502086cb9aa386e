SELECT 'inheritance' AS kind, 'pg_inherits'::regclass::oid AS class, c.oid AS id, i.inhseqno AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(pn.nspname), quote_ident(p.relname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    format('%s:%s:0', 'pg_class'::regclass::oid, p.oid) AS needs,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
    CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END AS _condition,
    -- DETACH PARTITION CONCURRENTLY was interrupted.
    nullif(i.inhdetachpending, false)::text AS detaching,
    CASE WHEN NOT c.relispartition THEN i.inhseqno::text END AS _place
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
