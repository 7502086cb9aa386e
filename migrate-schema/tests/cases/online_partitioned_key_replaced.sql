-- A unique constraint of a partitioned table becomes its primary key, under the names that it has: what PostgreSQL drops with
-- another one stays with it.
-- online
CREATE TABLE whole (id integer, n integer DEFAULT 0 NOT NULL) PARTITION BY LIST (id);
ALTER TABLE whole ADD CONSTRAINT whole_key UNIQUE (id, n);
CREATE TABLE part1 (LIKE whole INCLUDING DEFAULTS);
ALTER TABLE part1 ADD CONSTRAINT own_key1 UNIQUE (id, n);
ALTER TABLE whole ATTACH PARTITION part1 FOR VALUES IN (1, 11);
CREATE TABLE part2 PARTITION OF whole FOR VALUES IN (2);
-- becomes
CREATE TABLE whole (id integer, n integer DEFAULT 0 NOT NULL) PARTITION BY LIST (id);
ALTER TABLE whole ADD CONSTRAINT whole_key PRIMARY KEY (id, n);
CREATE TABLE part1 (LIKE whole INCLUDING DEFAULTS);
ALTER TABLE part1 ADD CONSTRAINT own_key1 PRIMARY KEY (id, n);
ALTER TABLE whole ATTACH PARTITION part1 FOR VALUES IN (1, 11);
CREATE TABLE part2 PARTITION OF whole FOR VALUES IN (2);
