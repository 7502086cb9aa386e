-- hazard
DROP TYPE mood;

-- hazard
DROP DOMAIN price;

-- fine
CREATE TYPE mood AS ENUM ('a');
DROP TYPE mood;

-- fine, down
DROP TYPE mood;
