-- Who may do what, with tables, columns, functions and schemas.
-- pinned from PostgreSQL 17
CREATE TABLE t (a int, b int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT ALL ON t TO migrate_test_writer;
GRANT SELECT ON t TO PUBLIC;
-- becomes
CREATE TABLE t (a int, b int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA inside;
GRANT USAGE ON SCHEMA inside TO migrate_test_reader;
GRANT SELECT, INSERT ON t TO migrate_test_writer;
GRANT SELECT (a), UPDATE (b) ON t TO migrate_test_reader WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
