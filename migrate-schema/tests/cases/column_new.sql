-- Columns with and without a default, in a table that has rows.
CREATE TABLE t (id int PRIMARY KEY);
-- rows
INSERT INTO t SELECT generate_series(1, 5);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, note text, count int NOT NULL DEFAULT 0, "Order" int);
