-- What was the key of a partition becomes the whole's.
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
ALTER TABLE north ADD CONSTRAINT north_pkey PRIMARY KEY (region, id);
CREATE UNIQUE INDEX whole_pkey ON whole (region, id);
-- rows
INSERT INTO whole VALUES (1, 'north');
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
