-- hazard
CREATE TABLE t (id serial PRIMARY KEY);

-- hazard
CREATE TABLE t (id integer, PRIMARY KEY (id));

-- hazard
CREATE SCHEMA app CREATE TABLE t (id int PRIMARY KEY);

-- fine
CREATE TABLE t (id bigint PRIMARY KEY, n int);

-- fine
CREATE TABLE t (a int, b int, PRIMARY KEY (a, b));

-- fine
CREATE TABLE t (id int PRIMARY KEY REFERENCES u);

-- fine
CREATE TEMP TABLE t (id int PRIMARY KEY);
