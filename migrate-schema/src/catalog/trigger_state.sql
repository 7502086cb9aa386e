-- Triggers that are switched by themselves: a partition's, apart from its parent's, and those by which PostgreSQL enforces a
-- constraint. These have no names that another database knows, so the constraint and their functions name them.
WITH RECURSIVE clones AS (
    SELECT g.oid, g.oid AS root, g.tgenabled AS state FROM pg_trigger g WHERE g.tgparentid = 0 AND NOT g.tgisinternal
    UNION ALL
    SELECT g.oid, c.root, c.state FROM pg_trigger g JOIN clones c ON g.tgparentid = c.oid
), enforcing AS (
    SELECT g.oid, g.tgconstraint AS "constraint" FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint
    WHERE g.tgisinternal AND k.contype <> 't'
        AND g.tgrelid IN (SELECT s.tgrelid FROM pg_trigger s WHERE s.tgisinternal AND s.tgconstraint <> 0 AND s.tgenabled <> 'O')
    UNION ALL
    SELECT e.oid, k.conparentid FROM enforcing e JOIN pg_constraint k ON k.oid = e."constraint" WHERE k.conparentid <> 0
), states (letter, word) AS (
    VALUES ('O'::"char", 'ENABLE'), ('D', 'DISABLE'), ('R', 'ENABLE REPLICA'), ('A', 'ENABLE ALWAYS')
)
SELECT 'trigger state' AS kind, 0 AS class, g.oid AS id, 3 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(g.tgname)) AS path,
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid) AS part_of,
    format('%s:%s:0 %s:%s:1', 'pg_trigger'::regclass::oid, x.root, 'pg_inherits'::regclass::oid, c.oid) AS needs,
    s.word AS enabled,
    NULL AS states,
    NULL AS _by_parts
FROM clones x JOIN pg_trigger g ON g.oid = x.oid JOIN states s ON s.letter = g.tgenabled
    JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE g.tgenabled <> x.state AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'trigger state', 0, min(g.oid::bigint)::oid, 4,
    json_build_array(quote_ident(n.nspname), quote_ident(c.relname), quote_ident(kn.nspname), quote_ident(kc.relname), quote_ident(k.conname)),
    format('%s:%s:0', 'pg_class'::regclass::oid, c.oid),
    format('%s:%s:0 %s:%s:1', 'pg_constraint'::regclass::oid, k.oid, 'pg_inherits'::regclass::oid, c.oid),
    NULL,
    json_agg(p.proname || ' ' || s.word ORDER BY p.proname COLLATE "C")::text,
    CASE WHEN bool_or(g.tgconstraint <> k.oid) THEN 'true' END
FROM enforcing e JOIN pg_trigger g ON g.oid = e.oid JOIN states s ON s.letter = g.tgenabled JOIN pg_proc p ON p.oid = g.tgfoid
    JOIN pg_constraint k ON k.oid = e."constraint" AND k.conparentid = 0
    JOIN pg_class kc ON kc.oid = k.conrelid JOIN pg_namespace kn ON kn.oid = kc.relnamespace
    JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY n.nspname, c.relname, c.oid, kn.nspname, kc.relname, k.conname, k.oid
HAVING bool_or(g.tgenabled <> 'O')
