-- An extension comes, and a schema for it.
-- becomes
CREATE SCHEMA tools;
CREATE EXTENSION citext SCHEMA tools;
CREATE TABLE t (name tools.citext);
