-- Extended statistics.
CREATE TABLE t (a int, b int);
CREATE STATISTICS gone (dependencies) ON a, b FROM t;
-- becomes
CREATE TABLE t (a int, b int);
CREATE STATISTICS kept (ndistinct, mcv) ON a, b FROM t;
