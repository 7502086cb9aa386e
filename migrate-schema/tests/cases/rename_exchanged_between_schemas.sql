-- To where something of the old or the new name is already, with indexes and sequences whose names are taken there too.
-- pinned before PostgreSQL 18
-- rename public.log=app.log
-- rename app.log=public.log
-- rename public.note=app.memo
-- rename public.mood=app.state
CREATE SCHEMA app;
CREATE TABLE log (id serial PRIMARY KEY, at int UNIQUE);
CREATE TABLE app.log (id bigserial PRIMARY KEY, what text, at int UNIQUE);
CREATE INDEX ON log (at);
CREATE INDEX ON app.log (what);
CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE memo (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE app.note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TYPE mood AS ENUM ('good');
CREATE TYPE app.mood AS ENUM ('bad');
CREATE TYPE state AS ENUM ('on');
CREATE TABLE of_mood (mood mood);
-- rows
INSERT INTO log (at) VALUES (1);
INSERT INTO app.log (what) VALUES ('a'), ('b');
INSERT INTO note VALUES (DEFAULT);
INSERT INTO of_mood VALUES ('good');
-- becomes
CREATE SCHEMA app;
CREATE TABLE app.log (id serial PRIMARY KEY, at int UNIQUE);
CREATE TABLE log (id bigserial PRIMARY KEY, what text, at int UNIQUE);
CREATE INDEX ON app.log (at);
CREATE INDEX ON log (what);
CREATE TABLE app.memo (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE memo (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE app.note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TYPE app.state AS ENUM ('good');
CREATE TYPE app.mood AS ENUM ('bad');
CREATE TYPE state AS ENUM ('on');
CREATE TABLE of_mood (mood app.state);
