-- What is of the domain keeps its rows.
CREATE DOMAIN amount AS int CHECK (VALUE >= 0);
CREATE TABLE t (id int PRIMARY KEY, amount amount);
-- rows
INSERT INTO t VALUES (1, 5);
-- becomes
CREATE DOMAIN amount AS bigint CHECK (VALUE >= 0);
CREATE TABLE t (id int PRIMARY KEY, amount bigint);
