SELECT 'event trigger' AS kind, 'pg_event_trigger'::regclass::oid AS class, e.oid AS id, 0 AS sub,
    json_build_array(quote_ident(e.evtname)) AS path,
    e.evtevent AS event,
    (SELECT json_agg(t ORDER BY t COLLATE "C")::text FROM unnest(e.evttags) t) AS tags,
    e.evtfoid::regproc::text AS function,
    CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
    e.evtowner::regrole::text AS owner
FROM pg_event_trigger e
