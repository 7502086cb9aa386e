SELECT 'text search configuration' AS kind, 'pg_ts_config'::regclass::oid AS class, c.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(c.cfgname)) AS path,
    json_build_array(quote_ident(pn.nspname), quote_ident(p.prsname))::text AS parser,
    -- For each sort of token, the dictionaries that are asked about it.
    (SELECT json_object_agg(m.token, m.dictionaries ORDER BY m.token COLLATE "C")::text
        FROM (SELECT quote_ident(t.alias) AS token, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
            FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid GROUP BY 1) m) AS mappings,
    c.cfgowner::regrole::text AS owner
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
    JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
