-- Policies that use functions which change their signatures.
CREATE FUNCTION me() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE TABLE t (id int, owner int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON t TO migrate_test_reader USING (owner = me());
CREATE POLICY theirs ON t AS RESTRICTIVE FOR INSERT WITH CHECK (owner <> me());
-- rows
INSERT INTO t VALUES (1, 1);
-- becomes
CREATE FUNCTION me() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint';
CREATE FUNCTION me(x text) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE TABLE t (id int, owner bigint);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON t TO migrate_test_writer, PUBLIC USING (owner = me());
CREATE POLICY theirs ON t AS RESTRICTIVE FOR UPDATE USING (owner = me('x'));
