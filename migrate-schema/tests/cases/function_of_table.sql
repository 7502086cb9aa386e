-- A function that names what is made after it, and one that is made of a table's rows.
-- becomes
CREATE TABLE t (id int PRIMARY KEY);
CREATE FUNCTION all_of_it() RETURNS SETOF t LANGUAGE sql STABLE AS 'SELECT * FROM t';
CREATE FUNCTION count_of_it() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM all_of_it()';
