-- The triggers that enforce foreign keys and a deferrable key are switched off, all of a table's or one by one.
CREATE TABLE a (id int PRIMARY KEY, n int, CONSTRAINT a_n UNIQUE (n) DEFERRABLE);
CREATE TABLE b (a int REFERENCES a, own int PRIMARY KEY, up int CONSTRAINT "To %self" REFERENCES b (own));
CREATE TABLE c (a int REFERENCES a);
ALTER TABLE c DISABLE TRIGGER ALL;
-- becomes
CREATE TABLE a (id int PRIMARY KEY, n int, CONSTRAINT a_n UNIQUE (n) DEFERRABLE);
CREATE TABLE b (a int REFERENCES a, own int PRIMARY KEY, up int CONSTRAINT "To %self" REFERENCES b (own));
CREATE TABLE c (a int REFERENCES a);
ALTER TABLE a DISABLE TRIGGER ALL;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'b'::regclass AND tgfoid = '"RI_FKey_check_ins"'::regproc LOOP
        EXECUTE format('ALTER TABLE b DISABLE TRIGGER %I', name);
    END LOOP;
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'b'::regclass AND tgfoid = '"RI_FKey_noaction_upd"'::regproc LOOP
        EXECUTE format('ALTER TABLE b ENABLE REPLICA TRIGGER %I', name);
    END LOOP;
END $$;
