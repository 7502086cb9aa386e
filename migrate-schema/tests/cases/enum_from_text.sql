-- A column of text becomes one of an enum.
CREATE TABLE t (id int PRIMARY KEY, state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done')));
-- rows
INSERT INTO t VALUES (1, 'new'), (2, 'done');
-- becomes
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE t (id int PRIMARY KEY, state state NOT NULL DEFAULT 'new');
