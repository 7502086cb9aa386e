-- hazard
ALTER TABLE users OWNER TO app;

-- hazard
ALTER FUNCTION f(int) OWNER TO app;

-- hazard
ALTER SCHEMA a OWNER TO CURRENT_USER;

-- fine
ALTER TABLE users SET SCHEMA app;
