-- The multirange of a range gets another name, and columns are of it; so does the range itself.
-- pinned from PostgreSQL 16
CREATE TYPE rng AS RANGE (subtype = float8, multirange_type_name = m1);
CREATE TABLE t (id int, v m1, w rng, a m1[]);
CREATE VIEW w AS SELECT v FROM t;
-- rows
INSERT INTO t VALUES (1, '{[1,2)}', '[1,2)', '{"{[1,2)}"}');
-- becomes
CREATE TYPE rng AS RANGE (subtype = float8, multirange_type_name = m2);
CREATE TABLE t (id int, v m2, w rng, a m2[]);
CREATE VIEW w AS SELECT v FROM t;
