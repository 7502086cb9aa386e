-- hazard
UPDATE t SET a = 1, b = 2, a = 3 WHERE id = 1;

-- hazard
UPDATE t SET (a, b) = (1, 2), "a" = 3 WHERE id = 1;

-- hazard
INSERT INTO t (a, A) VALUES (1, 2);

-- hazard
INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, b = 2;

-- hazard
CREATE TABLE t (a int, b int, a text);

-- hazard
WITH x AS (INSERT INTO t (a, a) VALUES (1, 2) RETURNING a) SELECT a FROM x;

-- hazard
MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET a = 1, a = 2;

-- fine
UPDATE t SET a[1] = 1, a[2] = 2 WHERE id = 1;

-- fine
UPDATE t SET a.x = 1, a.y = 2 WHERE id = 1;

-- fine
INSERT INTO t (a, "A") VALUES (1, 2);

-- fine
CREATE TABLE t (a int, b int);
CREATE TABLE u (a int);

-- fine
SELECT a, a FROM t;
