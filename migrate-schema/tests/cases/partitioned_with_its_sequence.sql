-- The sequence stays when its table is made anew, and belongs to it again.
CREATE TABLE t (id serial, region text);
-- becomes
CREATE TABLE t (id serial, region text) PARTITION BY LIST (region);
