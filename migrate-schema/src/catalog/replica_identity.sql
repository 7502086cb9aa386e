SELECT 'replica identity' AS kind, 0 AS class, c.oid AS id, 1 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    CASE WHEN i.indexrelid IS NOT NULL THEN format('%s:%s:0', 'pg_class'::regclass::oid, i.indexrelid) END AS needs,
    CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || quote_ident(x.relname) END AS identity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisreplident
    LEFT JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relkind IN ('r', 'p', 'm') AND c.relreplident IN ('f', 'n', 'i') AND (c.relreplident <> 'i' OR i.indexrelid IS NOT NULL)
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
