-- Not everybody may read a connection, and a query that names it is refused to them. So the query is within a call that is
-- made only where there are subscriptions and who reads may see them.
SELECT 'subscription' AS kind, 'pg_subscription'::regclass::oid AS class, s.oid AS id, 0 AS sub,
    json_build_array(quote_ident(s.subname)) AS path,
    r.row ->> 'subconninfo' AS connection,
    (SELECT json_agg(quote_ident(p) ORDER BY p COLLATE "C")::text FROM unnest(s.subpublications) p) AS publications,
    nullif(s.subenabled, false)::text AS enabled,
    quote_literal(s.subslotname) AS slot_name,
    nullif((r.row ->> 'subbinary')::boolean, false)::text AS binary,
    CASE r.row ->> 'substream' WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel'
        ELSE CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'off' END END AS streaming,
    nullif(quote_literal(s.subsynccommit), '''off''') AS synchronous_commit,
    CASE WHEN r.row ->> 'subtwophasestate' <> 'd' THEN 'true' END AS two_phase,
    nullif((r.row ->> 'subdisableonerr')::boolean, false)::text AS disable_on_error,
    nullif((r.row ->> 'subpasswordrequired')::boolean, true)::text AS password_required,
    nullif((r.row ->> 'subrunasowner')::boolean, false)::text AS run_as_owner,
    nullif(r.row ->> 'suborigin', 'any') AS origin,
    nullif((r.row ->> 'subfailover')::boolean, false)::text AS failover,
    s.subowner::regrole::text AS owner
FROM pg_subscription s LEFT JOIN LATERAL (
    SELECT replace(replace(replace(m[1], '&lt;', '<'), '&gt;', '>'), '&amp;', '&')::jsonb AS row
    FROM regexp_matches(CASE WHEN has_table_privilege('pg_catalog.pg_subscription', 'SELECT') THEN
        query_to_xml(format('SELECT to_jsonb(s)::text AS row FROM pg_catalog.pg_subscription s WHERE s.oid = %s', s.oid), false, true, '')::text
        END, '<row>(\{.*\})</row>', 'g') m) r ON true
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
