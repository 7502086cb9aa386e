-- PostgreSQL wants to be told how.
CREATE TABLE t (id int PRIMARY KEY, code text DEFAULT '0', flag int, raw json, many text[]);
CREATE INDEX t_code ON t (code);
-- rows
INSERT INTO t VALUES (1, '17', 1, '{"a": 1}', '{1,2}'), (2, '18', 0, NULL, NULL);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, code int DEFAULT 0, flag int, raw jsonb, many int[]);
CREATE INDEX t_code ON t (code);
