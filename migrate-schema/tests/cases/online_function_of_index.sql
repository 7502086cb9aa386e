-- A function that an index and a check call gets another name for its argument.
-- online
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT c CHECK (f(a) > 0));
CREATE INDEX i ON t (f(a));
-- rows
INSERT INTO t VALUES (1, 2);
-- becomes
CREATE FUNCTION f(b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT b';
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT c CHECK (f(a) > 0));
CREATE INDEX i ON t (f(a));
