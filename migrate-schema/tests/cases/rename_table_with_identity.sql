-- A table gets another name, and the sequence of its identity column, which has a grant and a comment, goes by the new one.
-- pinned before PostgreSQL 18
-- rename tickets=issues
CREATE TABLE tickets (id int GENERATED ALWAYS AS IDENTITY, title text);
GRANT USAGE ON SEQUENCE tickets_id_seq TO migrate_test_reader;
COMMENT ON SEQUENCE tickets_id_seq IS 'counts';
-- rows
INSERT INTO tickets (title) VALUES ('one');
-- becomes
CREATE TABLE issues (id int GENERATED ALWAYS AS IDENTITY, title text);
GRANT USAGE ON SEQUENCE issues_id_seq TO migrate_test_reader, migrate_test_writer;
COMMENT ON SEQUENCE issues_id_seq IS 'counts';
