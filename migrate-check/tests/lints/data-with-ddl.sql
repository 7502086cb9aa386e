-- hazard
ALTER TABLE users ADD n int;
UPDATE users SET n = 1 WHERE id < 10;

-- hazard
DELETE FROM users WHERE id < 10;
ALTER TABLE users ADD n int;

-- hazard
ALTER TABLE users ADD n int;
INSERT INTO users SELECT * FROM others;

-- fine
ALTER TABLE users ADD n int;
UPDATE others SET n = 1 WHERE id < 10;

-- fine
ALTER TABLE users ADD n int;
INSERT INTO users VALUES (1, 2);

-- fine
-- migrate: no-transaction
ALTER TABLE users ADD n int;
UPDATE users SET n = 1 WHERE id < 10;

-- fine
ALTER TABLE users ADD n int;
-- then
UPDATE users SET n = 1 WHERE id < 10;
