-- A key of a partitioned table that no partition has a part of yet is made when all partitions are there; one that is there gets
-- its part when a table becomes a partition.
CREATE TABLE p (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE p2 (k int, v int);
CREATE TABLE q (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (9);
CREATE TABLE q2 (k int, v int);
ALTER TABLE ONLY q ADD CONSTRAINT qu UNIQUE (k, v);
CREATE INDEX qi ON ONLY q (v);
-- becomes
CREATE TABLE p (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
ALTER TABLE ONLY p ADD CONSTRAINT pu UNIQUE (k, v);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (19);
CREATE TABLE q (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (9);
ALTER TABLE ONLY q ADD CONSTRAINT qu UNIQUE (k, v);
CREATE INDEX qi ON ONLY q (v);
CREATE TABLE q2 PARTITION OF q FOR VALUES FROM (10) TO (19);
