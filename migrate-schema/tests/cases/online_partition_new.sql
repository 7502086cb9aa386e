-- While others write, and a partition comes with it that nobody writes to yet.
-- online
CREATE TABLE whole (id int, v int) PARTITION BY RANGE (v);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (10);
-- becomes
CREATE TABLE whole (id int, v int) PARTITION BY RANGE (v);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE TABLE high PARTITION OF whole FOR VALUES FROM (10) TO (20);
CREATE INDEX whole_id_idx ON whole (id);
