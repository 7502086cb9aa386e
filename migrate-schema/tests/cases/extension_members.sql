-- A member leaves an extension and stays, and something else joins it; what uses either stays.
CREATE EXTENSION citext;
ALTER EXTENSION citext DROP FUNCTION regexp_match(citext, citext);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('fine');
CREATE SEQUENCE numbers;
CREATE VIEW named AS SELECT 'fine'::mood AS name;
CREATE TABLE t (n int DEFAULT one(), m mood);
-- rows
INSERT INTO t DEFAULT VALUES;
-- becomes
CREATE EXTENSION citext;
ALTER EXTENSION citext DROP FUNCTION regexp_matches(citext, citext);
COMMENT ON FUNCTION regexp_matches(citext, citext) IS 'by itself';
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER EXTENSION citext ADD FUNCTION one();
CREATE TYPE mood AS ENUM ('fine');
ALTER EXTENSION citext ADD TYPE mood;
CREATE SEQUENCE numbers;
ALTER EXTENSION citext ADD SEQUENCE numbers;
CREATE VIEW named AS SELECT 'fine'::mood AS name;
ALTER EXTENSION citext ADD VIEW named;
CREATE TABLE t (n int DEFAULT one(), m mood);
