-- What becomes of the rows that refer to one that is gone.
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one int REFERENCES one, other int);
-- rows
INSERT INTO one VALUES (1);
INSERT INTO many VALUES (1, 1, 1);
-- becomes
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one int REFERENCES one ON DELETE CASCADE, other int REFERENCES one DEFERRABLE);
