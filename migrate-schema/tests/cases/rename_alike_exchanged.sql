-- Names are exchanged, go round, or are taken over from what is dropped.
CREATE TABLE t (x int, y int, z int, CONSTRAINT one CHECK (x > 0), CONSTRAINT two CHECK (y > 0));
CREATE INDEX a ON t (x);
CREATE INDEX b ON t (y);
CREATE INDEX c ON t (z);
CREATE TABLE u (x int CONSTRAINT first UNIQUE, y int CONSTRAINT second UNIQUE);
CREATE TABLE v (x int, CONSTRAINT v_1 CHECK (x > 0), CONSTRAINT v_2 CHECK (x > 0), CONSTRAINT v_3 CHECK (x > 0));
-- becomes
CREATE TABLE t (x int, y int, z int, CONSTRAINT two CHECK (x > 0), CONSTRAINT one CHECK (y > 0));
CREATE INDEX b ON t (x);
CREATE INDEX c ON t (y);
CREATE INDEX a ON t (z);
CREATE TABLE u (x int CONSTRAINT second UNIQUE, y int);
CREATE TABLE v (x int, CONSTRAINT v_3 CHECK (x > 0), CONSTRAINT v_4 CHECK (x > 0));
