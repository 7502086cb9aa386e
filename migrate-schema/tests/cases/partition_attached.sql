-- A table becomes a partition, and keeps its rows.
CREATE TABLE part (id int NOT NULL, region text NOT NULL);
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
-- rows
INSERT INTO part VALUES (1, 'north');
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE part PARTITION OF whole FOR VALUES IN ('north');
