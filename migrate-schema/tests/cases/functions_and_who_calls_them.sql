-- Functions of table types, in defaults, checks and indexes, that change what they return.
-- pinned from PostgreSQL 16
CREATE TABLE t (a int);
CREATE FUNCTION norm(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)';
CREATE TABLE u (n text DEFAULT norm('A') CHECK (norm(n) = n));
CREATE INDEX u_n ON u (norm(n));
CREATE FUNCTION rows_of() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';
CREATE VIEW v AS SELECT a FROM rows_of();
CREATE PROCEDURE p(INOUT x int) LANGUAGE plpgsql AS $$ BEGIN x := 1; END $$;
-- rows
INSERT INTO u VALUES ('a');
-- becomes
CREATE TABLE t (a int, b text);
CREATE FUNCTION norm(x text, y int DEFAULT 1) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)';
CREATE TABLE u (n text DEFAULT norm('A') CHECK (norm(n) = n));
CREATE INDEX u_n ON u (norm(n));
CREATE FUNCTION rows_of() RETURNS TABLE (a int, b text) LANGUAGE sql AS 'SELECT * FROM t';
CREATE VIEW v AS SELECT a, b FROM rows_of();
CREATE PROCEDURE p(INOUT x bigint) LANGUAGE plpgsql AS $$ BEGIN x := 1; END $$;
