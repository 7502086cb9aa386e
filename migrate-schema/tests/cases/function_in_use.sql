-- What uses a function is put aside while it is made anew.
-- pinned from PostgreSQL 16
CREATE FUNCTION code(a int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a::text';
CREATE TABLE t (id int PRIMARY KEY, code text DEFAULT code(1), CONSTRAINT coded CHECK (code(id) <> ''));
CREATE INDEX t_code ON t (code(id));
CREATE VIEW v AS SELECT code(id) AS code FROM t;
-- rows
INSERT INTO t VALUES (1, 'x');
-- becomes
CREATE FUNCTION code(a int, OUT b text) LANGUAGE sql IMMUTABLE AS 'SELECT a::text';
CREATE TABLE t (id int PRIMARY KEY, code text DEFAULT code(1), CONSTRAINT coded CHECK (code(id) <> ''));
CREATE INDEX t_code ON t (code(id));
CREATE VIEW v AS SELECT code(id) AS code FROM t;
