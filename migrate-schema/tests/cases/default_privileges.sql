-- They hold for what comes after them, and what comes with them is as it is declared.
-- becomes
CREATE TABLE before_them (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO migrate_test_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE TABLE after_them (id int);
