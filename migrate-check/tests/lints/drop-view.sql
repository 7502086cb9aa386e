-- hazard
DROP VIEW v;

-- hazard
DROP MATERIALIZED VIEW v;

-- hazard
-- migrate: no-transaction
DROP VIEW v;
CREATE VIEW v AS SELECT 1;

-- fine
DROP VIEW v;
CREATE VIEW public.v AS SELECT 1;

-- fine, down
DROP VIEW v;

-- hazard
CREATE OR REPLACE VIEW v AS SELECT 1 AS n;
DROP VIEW v;

-- fine
DROP VIEW v;
CREATE OR REPLACE VIEW v AS SELECT 1 AS n;
