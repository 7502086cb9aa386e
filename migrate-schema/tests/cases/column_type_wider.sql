-- No value is lost.
CREATE TABLE t (id int PRIMARY KEY, name varchar(10) NOT NULL DEFAULT 'x', amount numeric(8, 2));
CREATE INDEX t_name ON t (name);
-- rows
INSERT INTO t VALUES (1, 'one', 1.25), (2, 'two', NULL);
-- becomes
CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', amount numeric(12, 2));
CREATE INDEX t_name ON t (name);
