-- hazard
UPDATE users SET plan = 'free';

-- hazard
UPDATE users SET n = 1 WHERE true;

-- hazard
WITH u AS (UPDATE users SET n = 1 RETURNING n) SELECT * FROM u;

-- hazard
UPDATE ONLY app.users AS u SET n = o.n FROM o;

-- fine
UPDATE users SET plan = 'free' WHERE plan IS NULL;

-- fine
UPDATE users SET n = o.n FROM o WHERE o.id = users.id;

-- fine
CREATE TABLE users AS SELECT 1 AS n;
UPDATE users SET n = 2;
