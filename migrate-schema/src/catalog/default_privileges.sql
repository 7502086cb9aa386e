-- Who may do what with things yet to be made. Where that is for all schemas, it stands in place of what PostgreSQL gives by
-- default; where it is for one, it comes in addition.
WITH lists AS (
    SELECT d.*, o.objects, CASE WHEN d.defaclnamespace = 0 THEN acldefault(o.type::"char", d.defaclrole) END AS usual, o.type
    FROM pg_default_acl d JOIN (VALUES ('r', 'TABLES', 'r'), ('S', 'SEQUENCES', 's'), ('f', 'FUNCTIONS', 'f'), ('T', 'TYPES', 'T'),
        ('n', 'SCHEMAS', 'n'), ('L', 'LARGE OBJECTS', 'L')) o(letter, objects, type) ON o.letter = d.defaclobjtype
), written AS (
    SELECT x.*, w.*
    FROM lists x, LATERAL (SELECT jsonb_object_agg(g.grantee, g.privileges) FILTER (WHERE g.of = 'list') AS list_json,
            jsonb_object_agg(g.grantee, g.privileges) FILTER (WHERE g.of = 'usual') AS usual_json,
            jsonb_object_agg(g.grantee, g.privileges) FILTER (WHERE g.of = 'all') -> 'OWNER' AS all_json
        FROM (SELECT e.of, e.grantee, jsonb_object_agg(e.privilege, e.may_pass_on) AS privileges
            FROM (SELECT u.of, u.privilege_type AS privilege, bool_or(u.is_grantable AND u.grantee <> x.defaclrole) AS may_pass_on,
                    CASE u.grantee WHEN 0 THEN 'PUBLIC' WHEN x.defaclrole THEN 'OWNER' ELSE quote_ident(pg_get_userbyid(u.grantee)) END AS grantee
                FROM (SELECT 'list' AS of, l.* FROM aclexplode(x.defaclacl) l UNION ALL SELECT 'usual', d.* FROM aclexplode(x.usual) d
                    UNION ALL SELECT 'all', a.* FROM aclexplode(acldefault(x.type::"char", x.defaclrole)) a) u
                GROUP BY 1, 2, 4) e
            GROUP BY 1, 2) g) w
)
SELECT 'default privileges' AS kind, 'pg_default_acl'::regclass::oid AS class, x.oid AS id, 0 AS sub,
    json_build_array(x.objects, CASE WHEN x.defaclrole = current_user::regrole THEN 'CURRENT_USER' ELSE x.defaclrole::regrole::text END,
        coalesce(quote_ident(n.nspname), '')) AS path,
    CASE WHEN n.oid IS NOT NULL THEN format('%s:%s:0', 'pg_namespace'::regclass::oid, n.oid) END AS part_of,
    coalesce(x.list_json, '{}')::text AS acl,
    x.usual_json::text AS _usual,
    json_build_object('OWNER', x.all_json)::text AS _all
FROM written x LEFT JOIN pg_namespace n ON n.oid = x.defaclnamespace
