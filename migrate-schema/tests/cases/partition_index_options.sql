-- Storage parameters, statistics and CLUSTER of a partition's indexes apart from the parent's.
CREATE TABLE t (id int NOT NULL, k int, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE INDEX t_k ON t (k) WITH (fillfactor = 80);
CREATE INDEX t_l ON t ((k + 1));
ALTER INDEX t_1_k_idx SET (fillfactor = 55);
-- becomes
CREATE TABLE t (id int NOT NULL, k int, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE INDEX t_k ON t (k) WITH (fillfactor = 80);
CREATE INDEX t_l ON t ((k + 1));
ALTER INDEX t_1_k_idx RESET (fillfactor);
ALTER INDEX t_1_pkey SET (fillfactor = 66);
ALTER INDEX t_1_expr_idx ALTER COLUMN 1 SET STATISTICS 70;
ALTER TABLE t_1 CLUSTER ON t_1_pkey;
CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2);
ALTER INDEX t_2_k_idx SET (fillfactor = 56);
ALTER INDEX t_2_pkey SET (fillfactor = 67);
ALTER TABLE t_2 CLUSTER ON t_2_k_idx;
