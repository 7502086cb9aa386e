-- hazard
ALTER TABLE users SET SCHEMA app;

-- hazard
ALTER FUNCTION f(int) SET SCHEMA app;

-- fine
ALTER TABLE users OWNER TO app;
