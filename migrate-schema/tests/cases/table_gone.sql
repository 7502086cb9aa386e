-- A table goes, with its rows.
CREATE TABLE kept (id int PRIMARY KEY);
CREATE TABLE gone (id int PRIMARY KEY, kept int REFERENCES kept);
-- becomes
CREATE TABLE kept (id int PRIMARY KEY);
