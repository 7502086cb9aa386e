-- Names are written with their schema, unless that is public.
CREATE SCHEMA old;
CREATE TABLE old.t (id int PRIMARY KEY);
-- becomes
CREATE SCHEMA "New One";
CREATE TABLE "New One".t (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, other int REFERENCES "New One".t);
