-- A column goes, with its values.
CREATE TABLE t (id int PRIMARY KEY, note text DEFAULT 'none');
CREATE INDEX t_note ON t (note);
-- becomes
CREATE TABLE t (id int PRIMARY KEY);
