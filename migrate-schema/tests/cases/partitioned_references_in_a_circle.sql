-- Foreign keys of partitioned tables make a circle, and each has its sequence.
-- becomes
CREATE SEQUENCE a_ids;
CREATE TABLE a (id int DEFAULT nextval('a_ids') PRIMARY KEY, b int) PARTITION BY RANGE (id);
ALTER SEQUENCE a_ids OWNED BY a.id;
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);
CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a) PARTITION BY RANGE (id);
CREATE TABLE b1 PARTITION OF b FOR VALUES FROM (0) TO (10);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
