-- hazard
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
-- then
ALTER TABLE items ADD COLUMN price price;

-- hazard
CREATE DOMAIN app.price AS numeric;
ALTER DOMAIN app.price ADD CONSTRAINT c CHECK (VALUE >= 0);
ALTER TABLE items ADD COLUMN price app.price DEFAULT 1;

-- fine
CREATE DOMAIN price AS numeric;
-- then
ALTER TABLE items ADD COLUMN price price;

-- fine
ALTER TABLE items ADD COLUMN price price;

-- hazard
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
CREATE DOMAIN net_price AS price;
-- then
ALTER TABLE orders ADD COLUMN net net_price;
