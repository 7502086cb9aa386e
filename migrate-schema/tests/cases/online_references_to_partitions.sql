-- A foreign key to an index of a partitioned table waits until those of all partitions, and of theirs, are a part of it. The
-- other one leaves the index of that name, which another table had.
-- online
CREATE TABLE f (k int, v int);
CREATE TABLE g (k int, v int);
CREATE TABLE p (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (k);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (19);
CREATE TABLE p3 (k int, v int);
CREATE TABLE q (k int, v int);
CREATE UNIQUE INDEX once ON q (k, v);
ALTER TABLE g ADD CONSTRAINT g_refers FOREIGN KEY (k, v) REFERENCES q (k, v);
-- becomes
CREATE TABLE p (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (k);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (19);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (29);
CREATE TABLE q (k int, v int);
CREATE UNIQUE INDEX once ON p (k, v);
CREATE TABLE f (k int, v int, CONSTRAINT f_refers FOREIGN KEY (k, v) REFERENCES p (k, v));
CREATE TABLE g (k int, v int, CONSTRAINT g_refers FOREIGN KEY (k, v) REFERENCES p (k, v));
