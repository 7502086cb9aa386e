-- Before PostgreSQL 17 a partition may have an identity of its own, and afterwards it has that of its parent.
-- pinned from PostgreSQL 17
CREATE TABLE p (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int) PARTITION BY RANGE (id);
CREATE INDEX ON p (n);
-- becomes
CREATE TABLE p (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int) PARTITION BY RANGE (id);
CREATE INDEX ON p (n);
DO $$ BEGIN
    IF current_setting('server_version_num')::int < 170000 THEN
        CREATE TABLE p1 (LIKE p INCLUDING ALL);
    ELSE
        CREATE TABLE p1 (LIKE p INCLUDING ALL EXCLUDING IDENTITY);
    END IF;
END $$;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);
