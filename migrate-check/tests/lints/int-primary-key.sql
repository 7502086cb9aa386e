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

-- hazard
CREATE TABLE t (id int4, n text);
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);

-- hazard
ALTER TABLE t ADD COLUMN id serial PRIMARY KEY;

-- hazard
ALTER TABLE t ADD COLUMN id int;
ALTER TABLE t ADD PRIMARY KEY (id);

-- hazard
CREATE TABLE t (id text);
ALTER TABLE t ALTER id TYPE int USING id::int, ADD PRIMARY KEY (id);

-- fine
CREATE TABLE t (id int4, n bigint);
ALTER TABLE t ADD PRIMARY KEY (n);

-- fine
CREATE TABLE t (id int4, n bigint);
ALTER TABLE t ADD PRIMARY KEY (id, n);

-- fine
CREATE TABLE t (id int4);
ALTER TABLE t ALTER COLUMN id TYPE bigint;
ALTER TABLE t ADD PRIMARY KEY (id);

-- fine
CREATE TABLE t (id int4 PRIMARY KEY);
ALTER TABLE t ALTER COLUMN id TYPE bigint;

-- fine
CREATE TABLE t (id int4, PRIMARY KEY (id), FOREIGN KEY (id) REFERENCES u);

-- fine
CREATE TABLE t (id int4);
ALTER TABLE t ADD PRIMARY KEY (id);
ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES u;

-- fine
ALTER TABLE t ADD PRIMARY KEY (id);
