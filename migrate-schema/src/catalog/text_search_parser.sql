SELECT 'text search parser' AS kind, 'pg_ts_parser'::regclass::oid AS class, p.oid AS id, 0 AS sub,
    json_build_array(quote_ident(n.nspname), quote_ident(p.prsname)) AS path,
    concat_ws(', ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, 'END = ' || p.prsend, 'LEXTYPES = ' || p.prslextype,
        CASE WHEN p.prsheadline <> 0 THEN 'HEADLINE = ' || p.prsheadline::regproc END) AS definition
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
