-- What is unique stays so at every commit, whatever says it: a constraint, an index, an exclusion, fewer columns.
-- online
CREATE TABLE a (k int CONSTRAINT a_k UNIQUE, v int);
CREATE TABLE b (k int, v int);
CREATE UNIQUE INDEX b_index ON b (k);
CREATE TABLE c (k int CONSTRAINT c_k UNIQUE, v int);
CREATE TABLE d (k int, v int, CONSTRAINT d_x EXCLUDE USING btree (k WITH =));
CREATE TABLE e (k int CONSTRAINT e_k UNIQUE, v int);
-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 2);
INSERT INTO c VALUES (1, 2);
INSERT INTO d VALUES (1, 2);
INSERT INTO e VALUES (1, 2);
-- becomes
CREATE TABLE a (k int, v int);
CREATE UNIQUE INDEX a_index ON a (k);
CREATE TABLE b (k int CONSTRAINT b_k UNIQUE, v int);
CREATE TABLE c (k int, v int, CONSTRAINT c_kv UNIQUE (k) INCLUDE (v));
CREATE TABLE d (k int CONSTRAINT d_k UNIQUE, v int);
CREATE TABLE e (k int, v int, CONSTRAINT e_vk UNIQUE (v, k));
