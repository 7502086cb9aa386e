-- A virtual column becomes a stored one.
-- from PostgreSQL 18
CREATE TABLE t (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) VIRTUAL);
-- rows
INSERT INTO t VALUES (1, 10);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED, half int GENERATED ALWAYS AS (net / 2) VIRTUAL);
