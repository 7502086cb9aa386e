-- hazard
ALTER TABLE users ADD CONSTRAINT k UNIQUE (email);

-- hazard
ALTER TABLE users ADD COLUMN email text UNIQUE;

-- fine
ALTER TABLE users ADD CONSTRAINT k UNIQUE USING INDEX k;

-- fine
CREATE TABLE users (email text UNIQUE);
