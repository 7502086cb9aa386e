-- On everything; they come, change and go.
CREATE TABLE t (a int, b int CONSTRAINT c CHECK (b > 0));
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.a IS 'goes';
-- becomes
CREATE TABLE t (a int, b int CONSTRAINT c CHECK (b > 0));
CREATE INDEX i ON t (a);
CREATE TYPE e AS ENUM ('x');
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON TABLE t IS 'it''s a "table" with \ and
a second line';
COMMENT ON COLUMN t.b IS 'the second';
COMMENT ON CONSTRAINT c ON t IS 'positive';
COMMENT ON INDEX i IS 'an index';
COMMENT ON TYPE e IS 'an enum';
COMMENT ON FUNCTION f(int) IS 'a function';
COMMENT ON SCHEMA public IS 'ours';
