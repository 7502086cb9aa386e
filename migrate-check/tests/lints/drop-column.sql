-- hazard
ALTER TABLE users ADD a int, DROP COLUMN plan;

-- fine
CREATE TABLE users (id bigint, plan text);
ALTER TABLE users DROP plan;

-- fine, down
ALTER TABLE users DROP plan;
