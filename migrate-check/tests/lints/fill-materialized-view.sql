-- hazard
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM users;

-- fine
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM users WITH NO DATA;

-- fine
CREATE VIEW totals AS SELECT count(*) FROM users;
