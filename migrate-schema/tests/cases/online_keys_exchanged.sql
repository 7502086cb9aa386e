-- Two keys that exchange their columns or their names, and are not only renamed.
-- online
CREATE TABLE a (k int PRIMARY KEY, v int NOT NULL UNIQUE);
CREATE TABLE b (k int CONSTRAINT b_x UNIQUE, v int CONSTRAINT b_y UNIQUE);
-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 2);
-- becomes
CREATE TABLE a (k int NOT NULL UNIQUE, v int PRIMARY KEY);
CREATE TABLE b (k int, v int, CONSTRAINT b_y UNIQUE (k) INCLUDE (v), CONSTRAINT b_x UNIQUE (v) INCLUDE (k));
