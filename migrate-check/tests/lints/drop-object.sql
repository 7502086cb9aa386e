-- hazard
DROP SEQUENCE s;

-- hazard
DROP EXTENSION hstore;

-- hazard
DROP ROLE bob;

-- fine
CREATE SEQUENCE s;
DROP SEQUENCE s;
