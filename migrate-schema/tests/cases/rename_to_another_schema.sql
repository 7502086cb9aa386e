-- To a schema that is new, to one that is there, and from one that goes; a schema itself.
-- pinned before PostgreSQL 18
-- rename cust=app.customer
-- rename customer.nm=app.customer.name
-- rename public.log=there.log
-- rename gone.mood=public.mood
-- rename old_name=new_name
CREATE SCHEMA there;
CREATE SCHEMA gone;
CREATE SCHEMA old_name;
CREATE TYPE gone.mood AS ENUM ('good', 'bad');
CREATE TABLE cust (id serial PRIMARY KEY, nm text UNIQUE, mood gone.mood);
CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, cust int REFERENCES cust);
CREATE TABLE old_name.t (id serial PRIMARY KEY, x int CHECK (x > 0));
CREATE FUNCTION old_name.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT USAGE ON SCHEMA old_name TO migrate_test_reader;
-- rows
INSERT INTO cust (nm, mood) VALUES ('Ada', 'good');
INSERT INTO log (cust) VALUES (1);
INSERT INTO old_name.t (x) VALUES (1);
-- becomes
CREATE SCHEMA there;
CREATE SCHEMA app;
CREATE SCHEMA new_name;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE app.customer (id serial PRIMARY KEY, name text UNIQUE, mood mood);
CREATE TABLE there.log (id int GENERATED ALWAYS AS IDENTITY, cust int REFERENCES app.customer);
CREATE TABLE new_name.t (id serial PRIMARY KEY, x int CHECK (x > 0));
CREATE FUNCTION new_name.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT USAGE ON SCHEMA new_name TO migrate_test_reader;
