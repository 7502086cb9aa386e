-- hazard, down
DROP TABLE users;

-- hazard, down
ALTER TABLE users DROP COLUMN plan;

-- hazard, down
DELETE FROM users WHERE id = 1;

-- hazard, down
TRUNCATE users;

-- fine
DROP TABLE users;

-- fine, down
DROP VIEW v;
