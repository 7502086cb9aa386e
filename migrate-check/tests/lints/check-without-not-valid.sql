-- hazard
ALTER TABLE orders ADD CHECK (total >= 0);

-- hazard
ALTER TABLE orders ADD COLUMN total bigint CHECK (total >= 0);

-- fine
ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0) NOT VALID;

-- fine
CREATE TABLE orders (total bigint CHECK (total >= 0));
