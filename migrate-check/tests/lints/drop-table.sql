-- hazard
DROP TABLE IF EXISTS users;

-- fine
CREATE TABLE users (id bigint);
DROP TABLE users;

-- fine, down
DROP TABLE users;

-- fine
CREATE TEMP TABLE batch (id bigint);
DROP TABLE batch;
