SELECT 'trigger' AS kind, 'pg_trigger'::regclass::oid AS class, g.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(g.tgname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    pg_get_triggerdef(g.oid) AS definition,
    CASE WHEN g.tgconstraint <> 0 THEN 'true' END AS _is_constraint,
    CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
-- A partition gets the triggers of its parent with it.
WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
