-- Storage parameters, and what is not in the log.
CREATE TABLE t (id int PRIMARY KEY) WITH (fillfactor = 70);
-- becomes
CREATE UNLOGGED TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
CREATE TABLE u (id int PRIMARY KEY);
ALTER TABLE u REPLICA IDENTITY FULL;
