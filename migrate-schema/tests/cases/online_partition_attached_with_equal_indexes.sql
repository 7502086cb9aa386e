-- Of two equal indexes, PostgreSQL takes the older one for the parent's: it gets the name of the one that is to be its part, and
-- the other one is built.
-- online
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 (a int, b int);
CREATE INDEX whole ON p (b);
CREATE INDEX own ON p1 (b);
COMMENT ON INDEX own IS 'a part of none';
-- becomes
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE INDEX whole ON p (b);
CREATE INDEX own ON p1 (b);
COMMENT ON INDEX own IS 'a part of none';
