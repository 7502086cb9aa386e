-- A generated column comes, and another one becomes plain.
CREATE TABLE t (id int PRIMARY KEY, net numeric, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED);
-- rows
INSERT INTO t VALUES (1, 10), (2, 20);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, net numeric, gross numeric, twice numeric GENERATED ALWAYS AS (net * 2) STORED);
