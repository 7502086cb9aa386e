-- A partition is made as one, with a primary key of the same columns as the parent's unique constraint, which is another one:
-- attached, PostgreSQL would take the one for the other. An index of its own becomes a part of the parent's afterwards. A check
-- that is not valid is so for partitions that are made later.
CREATE TABLE kept (v int) PARTITION BY RANGE (v);
ALTER TABLE kept ADD CONSTRAINT positive CHECK (v > 0);
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (0) TO (9);
-- becomes
CREATE TABLE kept (v int) PARTITION BY RANGE (v);
ALTER TABLE kept ADD CONSTRAINT positive CHECK (v > 0) NOT VALID;
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (0) TO (9);
CREATE TABLE p (a int, b int NOT NULL, UNIQUE (a, b)) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p (PRIMARY KEY (a, b)) FOR VALUES IN (1);
CREATE INDEX own ON p1 (b, a);
CREATE INDEX whole ON p (b, a);
