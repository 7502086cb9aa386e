-- Asked for: things exchange their names, or pass them on; all rows, positions and names that PostgreSQL has made up go along.
-- pinned before PostgreSQL 18
-- rename a=b
-- rename b=a
-- rename t.x=y
-- rename t.y=z
-- rename t.p=q
-- rename t.q=p
-- rename one=two
-- rename two=three
-- rename three=one
-- rename mood=state
-- rename state=mood
-- rename grade.low=high
-- rename grade.high=low
-- rename pair.l=r
-- rename pair.r=l
-- rename f=g
-- rename g=f
-- rename v=w
-- rename span=period
-- rename period=span
-- rename parted.k=l
-- rename parted.l=k
-- rename w=v
CREATE TABLE a (id serial PRIMARY KEY, code text NOT NULL UNIQUE, up int REFERENCES a);
CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int REFERENCES a, n int NOT NULL CHECK (n > 0));
CREATE TABLE t (x int NOT NULL UNIQUE CHECK (x > 0), y int NOT NULL, p serial, q int GENERATED ALWAYS AS IDENTITY, CHECK (y < 9));
CREATE INDEX ON t (y);
CREATE TABLE one (id serial PRIMARY KEY);
CREATE TABLE two (id serial PRIMARY KEY);
CREATE TABLE three (id serial PRIMARY KEY);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE state AS ENUM ('on', 'off', 'good');
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE TYPE pair AS (l int, r text);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION g(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 2';
CREATE VIEW v AS SELECT id FROM a;
CREATE VIEW w AS SELECT id, n FROM b;
CREATE TABLE used (mood mood, state state, grade grade, pair pair, row a, f int GENERATED ALWAYS AS (f(1)) STORED);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TYPE period AS RANGE (subtype = text);
CREATE TABLE of_ranges (span span, periods period_multirange);
CREATE TABLE parted (k int NOT NULL, l int NOT NULL, CHECK (l > k), PRIMARY KEY (k)) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
COMMENT ON TABLE a IS 'has codes';
GRANT SELECT ON w TO migrate_test_reader;
-- rows
INSERT INTO a (code) VALUES ('x'), ('y');
INSERT INTO b (a, n) VALUES (1, 1), (1, 2), (1, 3);
INSERT INTO t (x, y) VALUES (1, 2);
INSERT INTO one VALUES (DEFAULT), (DEFAULT);
INSERT INTO two VALUES (DEFAULT);
INSERT INTO used VALUES ('good', 'off', 'low', (1, 'r'), (1, 'x', NULL));
INSERT INTO of_ranges VALUES ('[1,2)', '{[a,b)}');
INSERT INTO parted VALUES (1, 2);
-- becomes
CREATE TABLE b (id serial PRIMARY KEY, code text NOT NULL UNIQUE, up int REFERENCES b);
CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int REFERENCES b, n int NOT NULL CHECK (n > 0));
CREATE TABLE t (y int NOT NULL UNIQUE CHECK (y > 0), z int NOT NULL, q serial, p int GENERATED ALWAYS AS IDENTITY, CHECK (z < 9));
CREATE INDEX ON t (z);
CREATE TABLE two (id serial PRIMARY KEY);
CREATE TABLE three (id serial PRIMARY KEY);
CREATE TABLE one (id serial PRIMARY KEY);
CREATE TYPE state AS ENUM ('good', 'bad');
CREATE TYPE mood AS ENUM ('on', 'off', 'good');
CREATE TYPE grade AS ENUM ('high', 'low');
CREATE TYPE pair AS (r int, l text);
CREATE FUNCTION g(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 2';
CREATE VIEW w AS SELECT id FROM b;
CREATE VIEW v AS SELECT id, n FROM a;
CREATE TABLE used (mood state, state mood, grade grade, pair pair, row b, f int GENERATED ALWAYS AS (g(1)) STORED);
CREATE TYPE period AS RANGE (subtype = float8);
CREATE TYPE span AS RANGE (subtype = text);
CREATE TABLE of_ranges (span period, periods span_multirange);
CREATE TABLE parted (l int NOT NULL, k int NOT NULL, CHECK (k > l), PRIMARY KEY (l)) PARTITION BY LIST (l);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
COMMENT ON TABLE b IS 'has codes';
GRANT SELECT ON v TO migrate_test_reader;
