-- The names that PostgreSQL has made up follow: keys, foreign keys, indexes and sequences stay what they are.
-- pinned before PostgreSQL 18
-- rename tickets=issues
-- rename users.name=full_name
CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, CHECK (name <> ''));
CREATE TABLE tickets (id serial PRIMARY KEY, author int REFERENCES users, number int UNIQUE);
CREATE INDEX ON tickets (author);
CREATE TABLE votes (ticket int REFERENCES tickets, number int REFERENCES tickets (number));
COMMENT ON CONSTRAINT tickets_pkey ON tickets IS 'the key';
COMMENT ON SEQUENCE tickets_id_seq IS 'counts';
GRANT USAGE ON SEQUENCE tickets_id_seq TO migrate_test_reader;
GRANT SELECT ON tickets TO migrate_test_reader;
-- rows
INSERT INTO users (name) VALUES ('Ada');
INSERT INTO tickets (author, number) VALUES (1, 7), (1, 8);
DELETE FROM tickets WHERE number = 8;
INSERT INTO votes VALUES (1, 7);
-- becomes
CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, full_name text UNIQUE, CHECK (full_name <> ''));
CREATE TABLE issues (id serial PRIMARY KEY, author int REFERENCES users, number int UNIQUE);
CREATE INDEX ON issues (author);
CREATE TABLE votes (ticket int REFERENCES issues, number int REFERENCES issues (number));
COMMENT ON CONSTRAINT issues_pkey ON issues IS 'the key';
COMMENT ON SEQUENCE issues_id_seq IS 'counts';
GRANT USAGE ON SEQUENCE issues_id_seq TO migrate_test_reader;
GRANT SELECT ON issues TO migrate_test_reader;
