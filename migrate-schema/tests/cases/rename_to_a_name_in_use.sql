-- The new name is that of something of another kind, which goes.
-- pinned before PostgreSQL 18
-- rename a=b
-- rename log=entries
-- rename mood=state
CREATE TABLE a (id serial PRIMARY KEY);
CREATE VIEW b AS SELECT 1 AS one;
CREATE TABLE log (x int);
CREATE TABLE t (x int);
CREATE INDEX entries ON t (x);
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN state AS text;
CREATE TABLE of_mood (mood mood);
-- rows
INSERT INTO a VALUES (DEFAULT);
INSERT INTO log VALUES (1);
INSERT INTO of_mood VALUES ('good');
-- becomes
CREATE TABLE b (id serial PRIMARY KEY);
CREATE TABLE entries (x int);
CREATE TABLE t (x int);
CREATE TYPE state AS ENUM ('good');
CREATE TABLE of_mood (mood state);
