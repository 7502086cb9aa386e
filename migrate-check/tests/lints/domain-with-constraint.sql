-- hazard
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);

-- fine
CREATE DOMAIN price AS numeric;
