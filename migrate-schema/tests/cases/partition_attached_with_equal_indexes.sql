-- Of equal indexes of a table that becomes a partition, PostgreSQL takes the oldest: it is made anew where another one is wanted.
CREATE TABLE p (id int, n int) PARTITION BY RANGE (id);
CREATE INDEX p_n ON p (n);
CREATE TABLE p1 (id int, n int);
CREATE INDEX first ON p1 (n DESC);
CREATE INDEX second ON p1 (n) WITH (fillfactor = 70);
CREATE TABLE p2 (id int, n int);
CREATE INDEX p2_n ON p2 (n);
CREATE TABLE p3 (id int, n int);
CREATE UNIQUE INDEX p3_n ON p3 (n);
-- rows
INSERT INTO p1 VALUES (1, 1);
-- becomes
CREATE TABLE p (id int, n int) PARTITION BY RANGE (id);
CREATE INDEX p_n ON p (n);
CREATE TABLE p1 (id int, n int);
CREATE INDEX second ON p1 (n) WITH (fillfactor = 70);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);
CREATE INDEX first ON p1 (n DESC);
CREATE TABLE p2 (id int, n int);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
CREATE INDEX p2_n ON p2 (n);
CREATE TABLE p3 (id int, n int);
CREATE UNIQUE INDEX p3_n ON p3 (n);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
