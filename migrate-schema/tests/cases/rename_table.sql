-- Asked for: a table keeps its rows.
-- pinned before PostgreSQL 18
-- rename person=customer
CREATE TABLE person (id int CONSTRAINT person_pkey PRIMARY KEY, name text);
CREATE TABLE purchase (id int PRIMARY KEY, person int REFERENCES person);
-- rows
INSERT INTO person VALUES (1, 'Ada');
INSERT INTO purchase VALUES (1, 1);
-- becomes
CREATE TABLE customer (id int CONSTRAINT person_pkey PRIMARY KEY, name text);
CREATE TABLE purchase (id int PRIMARY KEY, person int REFERENCES customer);
