-- Things of others.
CREATE TABLE t (id serial);
CREATE VIEW v AS SELECT 1 AS one;
-- becomes
CREATE TABLE t (id serial);
ALTER TABLE t OWNER TO migrate_test_writer;
CREATE VIEW v AS SELECT 1 AS one;
ALTER VIEW v OWNER TO migrate_test_reader;
