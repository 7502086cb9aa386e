-- Values come at the beginning, in the middle and at the end.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'sad');
-- rows
INSERT INTO t VALUES (1, 'sad'), (2, 'happy');
-- becomes
CREATE TYPE mood AS ENUM ('awful', 'sad', 'so-so', 'happy', 'it''s great');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'sad');
