-- Both schemas are there, and what uses the extension goes along with it.
CREATE SCHEMA tools;
CREATE EXTENSION citext;
CREATE TABLE t (id int PRIMARY KEY, name citext NOT NULL DEFAULT 'x', CHECK (name <> ''));
CREATE INDEX ON t (name);
-- rows
INSERT INTO t VALUES (1, 'a');
-- becomes
CREATE SCHEMA tools;
CREATE EXTENSION citext WITH SCHEMA tools;
CREATE TABLE t (id int PRIMARY KEY, name tools.citext NOT NULL DEFAULT 'x', CHECK (name OPERATOR(tools.<>) ''));
CREATE INDEX ON t (name);
