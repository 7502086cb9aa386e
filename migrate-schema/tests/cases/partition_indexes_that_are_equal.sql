-- Two indexes of a partitioned table are equal; each of a partition's belongs to one of them.
CREATE TABLE p (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
-- becomes
CREATE TABLE p (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE INDEX a ON p (n);
CREATE INDEX b ON p (n);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
