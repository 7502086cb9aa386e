-- A unique index of a partitioned table becomes a constraint, and the other way round.
-- online
CREATE TABLE a (k int, v int) PARTITION BY LIST (k);
CREATE TABLE a1 PARTITION OF a FOR VALUES IN (1);
CREATE UNIQUE INDEX a_index ON a (k);
CREATE TABLE b (k int CONSTRAINT b_k UNIQUE, v int) PARTITION BY LIST (k);
CREATE TABLE b1 PARTITION OF b FOR VALUES IN (1);
-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 2);
-- becomes
CREATE TABLE a (k int CONSTRAINT a_k UNIQUE, v int) PARTITION BY LIST (k);
CREATE TABLE a1 PARTITION OF a FOR VALUES IN (1);
CREATE TABLE b (k int, v int) PARTITION BY LIST (k);
CREATE TABLE b1 PARTITION OF b FOR VALUES IN (1);
CREATE UNIQUE INDEX b_index ON b (k);
