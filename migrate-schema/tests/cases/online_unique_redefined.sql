-- Unique constraints with another definition: the new index is built beside the old one.
-- online
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT u UNIQUE, b int);
COMMENT ON CONSTRAINT u ON t IS 'once';
ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey;
-- rows
INSERT INTO t VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT u UNIQUE (a, b));
COMMENT ON CONSTRAINT u ON t IS 'once';
ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey;
