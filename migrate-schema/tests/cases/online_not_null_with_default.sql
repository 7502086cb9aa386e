-- A column gets a default and is NOT NULL: the default is first, so that new rows have it, and then the old rows get it.
-- online
CREATE TABLE t (id int PRIMARY KEY, a text);
-- rows
INSERT INTO t VALUES (1, 'x'), (2, NULL);
-- becomes
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL DEFAULT 'x');
