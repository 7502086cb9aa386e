-- hazard
DROP SCHEMA app;

-- fine
CREATE SCHEMA app;
DROP SCHEMA app;
