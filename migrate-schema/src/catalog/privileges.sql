-- Who may do what with each thing: for every grantee, each privilege and whether it may be passed on. What nobody set is
-- as PostgreSQL has it by default, and so is the same as where somebody set just that. The owner has no name here, since a
-- thing that gets another owner keeps its privileges. Of what PostgreSQL or an extension made, which is not read otherwise,
-- there is only what differs from what they gave it.
WITH things AS (
    SELECT 'SCHEMA' AS what, 'pg_namespace'::regclass::oid AS class, n.oid AS id, 0 AS sub,
        ARRAY[quote_ident(n.nspname)] AS path, n.nspacl AS acl, 'n'::"char" AS type, n.nspowner AS owner, NULL::text AS name
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname = 'pg_catalog'
    UNION ALL
    -- The sequence of an identity column is called by the column: its own name says nothing.
    SELECT CASE WHEN c.relkind <> 'S' THEN 'TABLE' WHEN i.column IS NULL THEN 'SEQUENCE' ELSE 'IDENTITY' END,
        'pg_class'::regclass, c.oid, 0,
        CASE WHEN i.column IS NULL THEN ARRAY[quote_ident(n.nspname), quote_ident(c.relname)] ELSE i.column END,
        c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner,
        CASE WHEN i.column IS NOT NULL THEN c.oid::regclass::text END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (SELECT ARRAY[quote_ident(tn.nspname), quote_ident(t.relname), quote_ident(a.attname)] AS column
            FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
            WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i'
                AND d.refclassid = 'pg_class'::regclass) i ON true
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
        AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname = 'pg_catalog' AND c.relacl IS NOT NULL)
    UNION ALL
    SELECT 'COLUMN', 'pg_class'::regclass, c.oid, a.attnum,
        ARRAY[quote_ident(n.nspname), quote_ident(c.relname), quote_ident(a.attname)], a.attacl, 'c', c.relowner, NULL
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT a.attisdropped
        AND (a.attacl <> '{}' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname = 'pg_catalog' AND a.attacl IS NOT NULL)
    UNION ALL
    SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, 'pg_proc'::regclass, p.oid, 0,
        ARRAY[quote_ident(n.nspname), quote_ident(p.proname),
            coalesce((SELECT string_agg(format_type(u.t, NULL), ', ' ORDER BY u.n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), '')],
        p.proacl, 'f', p.proowner, NULL
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname = 'pg_catalog' AND p.proacl IS NOT NULL
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, 'pg_type'::regclass, t.oid, 0,
        ARRAY[quote_ident(n.nspname), quote_ident(t.typname)], t.typacl, 'T', t.typowner, NULL
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND coalesce(c.relkind, 'c') = 'c' AND NOT (t.typelem <> 0 AND t.typcategory = 'A')
        AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname = 'pg_catalog' AND t.typacl IS NOT NULL)
    UNION ALL
    SELECT 'LANGUAGE', 'pg_language'::regclass, l.oid, 0, ARRAY[quote_ident(l.lanname)], l.lanacl, 'l', l.lanowner, NULL
    FROM pg_language l WHERE l.oid >= 16384 OR l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'FOREIGN DATA WRAPPER', 'pg_foreign_data_wrapper'::regclass, f.oid, 0, ARRAY[quote_ident(f.fdwname)], f.fdwacl, 'F', f.fdwowner, NULL
    FROM pg_foreign_data_wrapper f
    UNION ALL
    SELECT 'FOREIGN SERVER', 'pg_foreign_server'::regclass, s.oid, 0, ARRAY[quote_ident(s.srvname)], s.srvacl, 'S', s.srvowner, NULL
    FROM pg_foreign_server s
), lists AS (
    SELECT x.*, coalesce(x.acl, acldefault(x.type, x.owner)) AS list, g.is_given,
        coalesce(i.initprivs, CASE WHEN x.type <> 'c' THEN acldefault(x.type, x.owner) END) AS usual
    FROM things x LEFT JOIN pg_init_privs i ON i.classoid = x.class AND i.objoid = x.id AND i.objsubid = x.sub
        LEFT JOIN (SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e') m ON m.classid = x.class AND m.objid = x.id,
        LATERAL (SELECT m.objid IS NOT NULL OR x.id < 16384 AND x.path <> ARRAY['public'] AS is_given) g
    WHERE NOT g.is_given OR x.acl IS DISTINCT FROM i.initprivs
), written AS (
    SELECT x.*, w.*
    FROM lists x, LATERAL (SELECT jsonb_object_agg(g.grantee, g.privileges) FILTER (WHERE g.of = 'list') AS list_json,
            jsonb_object_agg(g.grantee, g.privileges) FILTER (WHERE g.of = 'usual') AS usual_json
        FROM (SELECT e.of, e.grantee, jsonb_object_agg(e.privilege, e.may_pass_on) AS privileges
            FROM (SELECT u.of, u.privilege_type AS privilege, bool_or(u.is_grantable AND u.grantee <> x.owner) AS may_pass_on,
                    CASE u.grantee WHEN 0 THEN 'PUBLIC' WHEN x.owner THEN 'OWNER' ELSE quote_ident(pg_get_userbyid(u.grantee)) END AS grantee
                FROM (SELECT 'list' AS of, l.* FROM aclexplode(x.list) l UNION ALL SELECT 'usual', d.* FROM aclexplode(x.usual) d) u
                GROUP BY 1, 2, 4) e
            GROUP BY 1, 2) g) w
)
SELECT 'privileges' AS kind, x.class, x.id, -1 - x.sub AS sub,
    array_to_json(x.what || x.path) AS path,
    CASE WHEN x.id >= 16384 OR NOT x.is_given THEN format('%s:%s:%s', x.class, x.id, x.sub) END AS part_of,
    -- What is taken from a whole table is taken from its columns.
    CASE x.what WHEN 'COLUMN' THEN format('%s:%s:-1', x.class, x.id) END AS needs,
    CASE WHEN x.list_json IS DISTINCT FROM x.usual_json THEN coalesce(x.list_json, '{}')::text END AS acl,
    x.usual_json::text AS _usual,
    nullif(x.is_given, false)::text AS _given,
    CASE WHEN x.owner <> current_user::regrole THEN x.owner::regrole::text END AS _owner,
    x.name AS _sequence,
    -- Where somebody passed on what they were granted: who granted what to whom.
    CASE WHEN EXISTS (SELECT FROM aclexplode(x.acl) g WHERE g.grantor <> x.owner) THEN
        (SELECT json_agg(json_build_array(CASE g.grantor WHEN x.owner THEN 'OWNER' ELSE quote_ident(pg_get_userbyid(g.grantor)) END,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' WHEN x.owner THEN 'OWNER' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
            g.privilege_type, CASE WHEN g.is_grantable THEN 'true' ELSE 'false' END))::text FROM aclexplode(x.acl) g) END AS _granted
FROM written x
WHERE NOT x.is_given OR x.list_json IS DISTINCT FROM x.usual_json
