-- An index of a partitioned table that is made anew: those of the partitions are built before, and it is whole when it takes the
-- place of the old one. One of the partitions has partitions, and one index keeps its name.
-- online
CREATE TABLE t (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE t1 (b int, a int);
ALTER TABLE t ATTACH PARTITION t1 FOR VALUES FROM (0) TO (9);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (b);
CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (10) TO (19);
CREATE INDEX own ON t1 (a);
COMMENT ON INDEX own IS 'its name stays';
CREATE INDEX i ON t (a);
-- rows
INSERT INTO t VALUES (1, 2), (3, 12);
-- becomes
CREATE TABLE t (b int, c int) PARTITION BY RANGE (b);
CREATE TABLE t1 (b int, c int);
ALTER TABLE t ATTACH PARTITION t1 FOR VALUES FROM (0) TO (9);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (b);
CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (10) TO (19);
CREATE INDEX own ON t1 (c);
COMMENT ON INDEX own IS 'its name stays';
CREATE INDEX i ON t (c);
