-- A type of several values, and what uses it.
CREATE TYPE address AS (street text, town text);
CREATE TABLE t (id int PRIMARY KEY, lives address);
CREATE FUNCTION town(a address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a.town';
-- becomes
CREATE TYPE address AS (street text, town text, country text);
CREATE TYPE point3 AS (x float8, y float8, z float8);
CREATE TABLE t (id int PRIMARY KEY, lives address);
CREATE FUNCTION town(a address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a.town';
