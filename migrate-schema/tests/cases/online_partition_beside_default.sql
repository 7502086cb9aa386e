-- Partitions come and go beside a default one, and where there is none; no row is looked at under a lock.
-- online
CREATE TABLE d (k int, v text) PARTITION BY LIST (k);
CREATE TABLE d1 PARTITION OF d FOR VALUES IN (1);
CREATE TABLE rest PARTITION OF d DEFAULT;
CREATE TABLE r (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
CREATE TABLE r2 (k int, v text);
CREATE TABLE h (k int) PARTITION BY HASH (k);
CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
-- rows
INSERT INTO d VALUES (1, 'one'), (9, 'nine');
INSERT INTO r VALUES (5, 'five');
INSERT INTO r2 VALUES (15, 'fifteen');
-- becomes
CREATE TABLE d (k int, v text) PARTITION BY LIST (k);
CREATE TABLE d1 (k int, v text);
CREATE TABLE d2 PARTITION OF d FOR VALUES IN (2);
CREATE TABLE rest PARTITION OF d DEFAULT;
CREATE TABLE r (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE r1 (k int, v text);
CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10) TO (20);
CREATE TABLE h (k int) PARTITION BY HASH (k);
CREATE TABLE h0 (k int);
