-- A table becomes a partition of one that gets an index: it is a partition before, or PostgreSQL would make the index by itself.
-- The other one has a primary key of its own.
-- online
CREATE TABLE p (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE p1 (id int, v int);
CREATE TABLE p2 (id int, v int, PRIMARY KEY (id));
-- rows
INSERT INTO p1 VALUES (10, 1);
INSERT INTO p2 VALUES (20, 1);
-- becomes
CREATE TABLE p (id int NOT NULL, v int) PARTITION BY RANGE (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (19);
CREATE TABLE p2 (id int, v int, PRIMARY KEY (id));
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (20) TO (29);
CREATE INDEX ON p (v);
CREATE UNIQUE INDEX ON p (id, v);
