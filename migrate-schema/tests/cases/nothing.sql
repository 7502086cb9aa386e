-- The same in other words.
CREATE TABLE t (id int PRIMARY KEY, name varchar(20) DEFAULT 'x');
-- becomes
CREATE TABLE t (id integer, name character varying(20) DEFAULT ('x'), CONSTRAINT t_pkey PRIMARY KEY (id));
