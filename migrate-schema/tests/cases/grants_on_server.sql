-- Who may do what with what PostgreSQL itself has: a language, a function, a column of the catalog.
REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO migrate_test_reader;
-- becomes
GRANT USAGE ON LANGUAGE plpgsql TO migrate_test_reader WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM PUBLIC;
GRANT SELECT (rolname), SELECT (rolsuper) ON pg_authid TO migrate_test_reader;
GRANT SELECT ON pg_file_settings TO migrate_test_writer;
GRANT USAGE ON SCHEMA pg_catalog TO migrate_test_reader;
