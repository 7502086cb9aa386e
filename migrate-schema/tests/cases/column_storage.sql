-- What says how values are kept.
CREATE TABLE t (a text, b text, c int);
-- becomes
CREATE TABLE t (a text, b text COLLATE "C", c int);
ALTER TABLE t ALTER COLUMN a SET STORAGE EXTERNAL;
ALTER TABLE t ALTER COLUMN c SET STATISTICS 500;
ALTER TABLE t ALTER COLUMN c SET (n_distinct = 5);
