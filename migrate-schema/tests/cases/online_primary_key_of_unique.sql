-- A unique index or constraint becomes the primary key, of the same name or another: NOT NULL is first, and known from a check.
-- online
CREATE TABLE a (k int, v int);
CREATE UNIQUE INDEX a_index ON a (k);
CREATE TABLE b (k int, v int);
CREATE UNIQUE INDEX b_pkey ON b (k);
CREATE TABLE c (k int CONSTRAINT c_k UNIQUE, v int);
CREATE TABLE d (k int CONSTRAINT d_k UNIQUE, v int);
-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 2);
INSERT INTO c VALUES (1, 2);
INSERT INTO d VALUES (1, 2);
-- becomes
CREATE TABLE a (k int PRIMARY KEY, v int);
CREATE TABLE b (k int PRIMARY KEY, v int);
CREATE TABLE c (k int PRIMARY KEY, v int);
CREATE TABLE d (k int CONSTRAINT d_k PRIMARY KEY, v int);
