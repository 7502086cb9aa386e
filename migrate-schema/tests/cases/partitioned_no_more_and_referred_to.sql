-- What refers to a partitioned table goes before its partitions.
CREATE TABLE whole (id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
CREATE TABLE visits (id int, region text, CONSTRAINT visit FOREIGN KEY (region, id) REFERENCES whole);
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id));
CREATE TABLE visits (id int, region text, CONSTRAINT visit FOREIGN KEY (region, id) REFERENCES whole);
