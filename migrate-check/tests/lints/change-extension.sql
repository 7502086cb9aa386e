-- hazard
ALTER EXTENSION postgis UPDATE TO '3.5';

-- hazard
ALTER EXTENSION hstore DROP FUNCTION f(int);

-- fine
CREATE EXTENSION postgis;
