-- A new partition has an index of its own name, which is a part of the whole's.
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE INDEX whole_idx ON whole (id);
-- becomes
CREATE TABLE whole (id int NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE north PARTITION OF whole FOR VALUES IN ('north');
CREATE INDEX by_id ON north (id);
CREATE INDEX whole_idx ON whole (id);
