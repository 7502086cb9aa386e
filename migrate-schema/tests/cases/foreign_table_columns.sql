-- The rows of a foreign table are elsewhere: nothing is written anew or read.
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE f (id int, name text, at timestamp) SERVER s;
-- becomes
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE f (id bigint NOT NULL, name varchar(10), at date, added int NOT NULL, twice bigint GENERATED ALWAYS AS (id * 2) STORED) SERVER s;
