-- A partitioned table is made anew, and becomes NOT NULL: what is its partition before and afterwards is so by then. And one that
-- leaves a table, or comes to it, has none of the checks that this one gets meanwhile; but those that stay are valid before.
-- pinned before PostgreSQL 18
-- online
CREATE TABLE whole (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE whole_1 PARTITION OF whole FOR VALUES FROM (0) TO (9);
CREATE TABLE other (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM (0) TO (9);
CREATE TABLE other_2 PARTITION OF other FOR VALUES FROM (10) TO (19);
CREATE TABLE other_3 (id int, n int);
CREATE TABLE checked_1 (v int);
-- rows
INSERT INTO whole VALUES (1, 1);
-- becomes
CREATE TABLE whole (id int NOT NULL, n int NOT NULL) PARTITION BY LIST (id);
CREATE TABLE whole_1 PARTITION OF whole FOR VALUES IN (0, 1);
CREATE TABLE other (id int, n int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM (0) TO (9);
CREATE TABLE other_2 (id int, n int);
CREATE TABLE other_3 PARTITION OF other FOR VALUES FROM (20) TO (29);
CREATE TABLE checked (v int CONSTRAINT positive CHECK (v > 0)) PARTITION BY RANGE (v);
CREATE TABLE checked_1 PARTITION OF checked FOR VALUES FROM (1) TO (9);
