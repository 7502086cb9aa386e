-- An enum gets a value, and a partial index with a comment that compares with one.
-- online
CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE t (id int PRIMARY KEY, e e);
CREATE INDEX i ON t (id) WHERE e = 'a';
COMMENT ON INDEX i IS 'the first';
-- rows
INSERT INTO t VALUES (1, 'a');
-- becomes
CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id int PRIMARY KEY, e e);
CREATE INDEX i ON t (id) WHERE e = 'c';
COMMENT ON INDEX i IS 'the first';
