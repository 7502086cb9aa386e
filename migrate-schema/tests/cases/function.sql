-- A function is replaced in place, unless what it returns changes.
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION two(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION two(a text) RETURNS text LANGUAGE sql AS 'SELECT a';
-- becomes
CREATE FUNCTION one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2 - 1';
CREATE FUNCTION two(a int) RETURNS bigint LANGUAGE sql AS 'SELECT a::bigint';
CREATE PROCEDURE work(INOUT a int DEFAULT 1) LANGUAGE plpgsql AS $$BEGIN a := a + 1; END$$;
