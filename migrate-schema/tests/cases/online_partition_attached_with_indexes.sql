-- A table becomes a partition: what the parent's indexes want is built first, so that nothing is built while it is closed.
-- online
CREATE TABLE t (k int PRIMARY KEY, v int, w int) PARTITION BY LIST (k);
CREATE INDEX t_v ON t (v);
CREATE UNIQUE INDEX t_w ON t (k, w);
CREATE TABLE t1 (k int, v int, w int);
-- rows
INSERT INTO t1 VALUES (1, 2, 3);
-- becomes
CREATE TABLE t (k int PRIMARY KEY, v int, w int) PARTITION BY LIST (k);
CREATE INDEX t_v ON t (v);
CREATE UNIQUE INDEX t_w ON t (k, w);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
