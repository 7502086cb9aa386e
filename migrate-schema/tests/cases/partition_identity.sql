-- An identity column of a table with partitions.
-- from PostgreSQL 17
CREATE TABLE whole (id int NOT NULL, v int) PARTITION BY RANGE (v);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (10);
-- becomes
CREATE TABLE whole (id int GENERATED ALWAYS AS IDENTITY, v int) PARTITION BY RANGE (v);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (10);
