-- Keys with all that they may have.
CREATE TABLE t (a int, b int, c int, CONSTRAINT first UNIQUE (a));
-- becomes
CREATE TABLE t (a int, b int, c int, CONSTRAINT first UNIQUE (a, b), CONSTRAINT second UNIQUE (c) INCLUDE (a) DEFERRABLE INITIALLY DEFERRED);
