-- Who may do what with what an extension made, apart from what the extension said.
CREATE EXTENSION hstore;
CREATE EXTENSION pg_stat_statements;
REVOKE EXECUTE ON FUNCTION akeys(hstore) FROM PUBLIC;
GRANT UPDATE ON pg_stat_statements TO migrate_test_writer;
-- becomes
CREATE EXTENSION hstore;
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION dblink;
REVOKE EXECUTE ON FUNCTION dblink(text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION avals(hstore) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION akeys(hstore) TO migrate_test_reader;
REVOKE USAGE ON TYPE hstore FROM PUBLIC;
REVOKE SELECT ON pg_stat_statements FROM PUBLIC;
GRANT SELECT ON pg_stat_statements TO migrate_test_reader WITH GRANT OPTION;
GRANT SELECT (query) ON pg_stat_statements TO migrate_test_writer;
