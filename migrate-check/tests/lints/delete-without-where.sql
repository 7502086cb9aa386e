-- hazard
DELETE FROM users;

-- hazard
WITH d AS (DELETE FROM users RETURNING *) INSERT INTO old SELECT * FROM d;

-- hazard
INSERT INTO old WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d;

-- hazard
DELETE FROM users USING o;

-- fine
DELETE FROM users WHERE id < 10;

-- fine
DELETE FROM users USING o WHERE o.id = users.id;

-- fine, down
DELETE FROM users;
