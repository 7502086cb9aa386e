-- A new value is used by what comes with it: that takes two migrations.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood);
-- becomes
CREATE TYPE mood AS ENUM ('sad', 'so-so', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'so-so');
CREATE INDEX so_so ON t (id) WHERE mood = 'so-so';
