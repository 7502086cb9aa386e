-- What a table inherits, and what it has of its own.
CREATE TABLE parent (id int NOT NULL, name text);
CREATE TABLE child (extra int) INHERITS (parent);
CREATE TABLE single (id int NOT NULL, name text);
-- rows
INSERT INTO child VALUES (1, 'n', 2);
-- becomes
CREATE TABLE parent (id int NOT NULL, name varchar(50), added date, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE child (extra int) INHERITS (parent);
CREATE TABLE single (id int NOT NULL, name text);
