-- Indexes of all sorts.
CREATE TABLE t (a int, b text, c jsonb);
CREATE INDEX plain ON t (a);
CREATE INDEX gone ON t (b);
-- rows
INSERT INTO t VALUES (1, 'b', '{}');
-- becomes
CREATE TABLE t (a int, b text, c jsonb);
CREATE INDEX plain ON t (a DESC NULLS LAST);
CREATE UNIQUE INDEX partly ON t (b) WHERE a > 0;
CREATE INDEX lower_b ON t (lower(b) text_pattern_ops) INCLUDE (a);
CREATE INDEX inside ON t USING gin (c jsonb_path_ops) WITH (fastupdate = off);
