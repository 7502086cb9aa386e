-- Asked for: whatever else has a name keeps what it is, and what is built on it stays.
-- rename mood=feeling
-- rename feeling.ok=fine
-- rename feeling."so so"="not bad"
-- rename address=place
-- rename address.zip=place.postcode
-- rename percent=share
-- rename span=period
-- rename total=sum_of_all
-- rename add_up=add
-- rename numbers=counter
-- rename latest=newest
-- rename counted=number_of
CREATE TYPE mood AS ENUM ('ok', 'so so', 'bad');
CREATE TYPE address AS (street text, zip text);
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE FUNCTION total(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION total(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE add_up(int) (sfunc = total, stype = int);
CREATE SEQUENCE numbers;
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok', home address, share percent, during span, often span_multirange, twice int GENERATED ALWAYS AS (total(id, id)) STORED);
CREATE VIEW latest AS SELECT id FROM t;
CREATE VIEW over_it AS SELECT id FROM latest;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM t;
GRANT SELECT ON latest TO migrate_test_reader;
-- rows
INSERT INTO t VALUES (1, 'so so', ROW('a', 'b'), 7, '[1,2)', '{[1,2)}');
-- becomes
CREATE TYPE feeling AS ENUM ('fine', 'not bad', 'bad');
CREATE TYPE place AS (street text, postcode text);
CREATE DOMAIN share AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE period AS RANGE (subtype = float8);
CREATE FUNCTION sum_of_all(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION sum_of_all(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE add(int) (sfunc = sum_of_all, stype = int);
CREATE SEQUENCE counter;
CREATE TABLE t (id int PRIMARY KEY, mood feeling DEFAULT 'fine', home place, share share, during period, often period_multirange, twice int GENERATED ALWAYS AS (sum_of_all(id, id)) STORED);
CREATE VIEW newest AS SELECT id FROM t;
CREATE VIEW over_it AS SELECT id FROM newest;
CREATE MATERIALIZED VIEW number_of AS SELECT count(*) FROM t;
GRANT SELECT ON newest TO migrate_test_reader;
