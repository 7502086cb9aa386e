-- While others write: a new table that refers to a key that is yet to be built, and a foreign key that is not looked at.
-- online
CREATE TABLE one (id int NOT NULL, parent int);
-- rows
INSERT INTO one VALUES (1, 1);
-- becomes
CREATE TABLE one (id int NOT NULL UNIQUE, parent int);
ALTER TABLE one ADD CONSTRAINT one_parent FOREIGN KEY (parent) REFERENCES one (id) NOT VALID;
CREATE TABLE many (id int PRIMARY KEY, one int REFERENCES one (id));
