-- A plain table becomes a partition, with a new unique index and a foreign key to it.
-- online
CREATE TABLE whole (k int NOT NULL, b int) PARTITION BY LIST (k);
CREATE TABLE c1 (k int NOT NULL, b int);
CREATE TABLE r (k int, b int);
-- rows
INSERT INTO c1 VALUES (1, 2);
-- becomes
CREATE TABLE whole (k int NOT NULL, b int, UNIQUE (k, b)) PARTITION BY LIST (k);
CREATE TABLE c1 PARTITION OF whole FOR VALUES IN (1);
CREATE UNIQUE INDEX c1_k_b_idx ON c1 (b, k);
CREATE TABLE r (k int, b int, FOREIGN KEY (k, b) REFERENCES whole (k, b));
