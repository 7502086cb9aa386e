-- The storage parameters of a partitioned index change, which PostgreSQL does only by making it anew.
CREATE TABLE t (id int NOT NULL, k int, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE INDEX t_k ON t (k) WITH (fillfactor = 80);
-- becomes
CREATE TABLE t (id int NOT NULL, k int, PRIMARY KEY (id) WITH (fillfactor = 70)) PARTITION BY LIST (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE INDEX t_k ON t (k) WITH (fillfactor = 81);
