-- Row security, and who sees what.
CREATE TABLE t (a int, who name);
CREATE POLICY own ON t USING (who = current_user);
-- becomes
CREATE TABLE t (a int, who name);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON t TO migrate_test_reader USING (who = current_user AND a > 0) WITH CHECK (a > 1);
CREATE POLICY fewer ON t AS RESTRICTIVE FOR DELETE USING (a < 10);
CREATE POLICY asked ON t FOR UPDATE USING ((SELECT count(*) > 1 FROM t));
