-- A value goes, and what uses the others stays.
-- pinned from PostgreSQL 16
CREATE TYPE mood AS ENUM ('sad', 'so-so', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'sad', moods mood[]);
CREATE INDEX t_mood ON t (mood);
CREATE VIEW happy AS SELECT id FROM t WHERE mood = 'happy';
-- rows
INSERT INTO t VALUES (1, 'sad', '{happy,sad}'), (2, 'happy', NULL);
-- becomes
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TABLE t (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'sad', moods mood[]);
CREATE INDEX t_mood ON t (mood);
CREATE VIEW happy AS SELECT id FROM t WHERE mood = 'happy';
