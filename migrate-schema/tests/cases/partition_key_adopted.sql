-- A key of a partition is a part of an index that is no key of the whole's.
-- pinned before PostgreSQL 18
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
-- rows
INSERT INTO whole VALUES (1, 'north');
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
ALTER TABLE north ADD CONSTRAINT north_pkey PRIMARY KEY (region, id);
CREATE UNIQUE INDEX whole_idx ON whole (region, id);
CREATE TABLE south (id int NOT NULL, region text NOT NULL);
ALTER TABLE south ADD CONSTRAINT south_pkey PRIMARY KEY (region, id);
ALTER TABLE whole ATTACH PARTITION south FOR VALUES IN ('south');
