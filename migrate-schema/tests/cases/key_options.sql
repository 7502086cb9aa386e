-- Storage parameters of the indexes of constraints, with all that may stand around them.
CREATE TABLE t (
    id int PRIMARY KEY, a int, b text,
    CONSTRAINT t_a UNIQUE (a) INCLUDE (b) WITH (fillfactor = 50) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT t_b EXCLUDE USING btree (lower(b) WITH =) WITH (fillfactor = 60) WHERE (b > 'a') DEFERRABLE
);
ALTER INDEX t_b ALTER COLUMN 1 SET STATISTICS 50;
-- becomes
CREATE TABLE t (
    id int PRIMARY KEY WITH (fillfactor = 70), a int, b text,
    CONSTRAINT t_a UNIQUE (a) INCLUDE (b) WITH (fillfactor = 51, deduplicate_items = off) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT t_b EXCLUDE USING btree (lower(b) WITH =) WHERE (b > 'a') DEFERRABLE
);
ALTER INDEX t_b ALTER COLUMN 1 SET STATISTICS 60;
CREATE TABLE new (
    id int PRIMARY KEY WITH (fillfactor = 70) DEFERRABLE, b text,
    CONSTRAINT new_b EXCLUDE USING btree (lower(b) WITH =) WITH (fillfactor = 60) WHERE (b > 'a') DEFERRABLE
);
ALTER INDEX new_b ALTER COLUMN 1 SET STATISTICS 50;
