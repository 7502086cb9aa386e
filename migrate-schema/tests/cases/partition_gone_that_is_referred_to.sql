-- A foreign key to the whole is one to each partition.
CREATE TABLE whole (id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE visits (id int, region text, FOREIGN KEY (region, id) REFERENCES whole);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
CREATE TABLE south PARTITION OF whole FOR VALUES IN ('south');
-- rows
INSERT INTO whole VALUES (1, 'north');
INSERT INTO visits VALUES (1, 'north');
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE visits (id int, region text, FOREIGN KEY (region, id) REFERENCES whole);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
