-- A sequence of another name and type goes on for its column, also where the column is renamed; so does one that belongs to none.
-- pinned before PostgreSQL 18
-- rename t.id=number
CREATE SEQUENCE shared;
CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT nextval('shared'));
CREATE TABLE u (id serial);
ALTER SEQUENCE u_id_seq RENAME TO "U's";
-- rows
INSERT INTO t DEFAULT VALUES;
-- becomes
CREATE SEQUENCE numbers;
CREATE TABLE t (number bigserial PRIMARY KEY, n int DEFAULT nextval('numbers'));
CREATE TABLE u (id serial);
