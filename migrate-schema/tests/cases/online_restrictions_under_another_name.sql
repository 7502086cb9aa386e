-- A foreign key, a check and NOT NULL that say the same in other words: the new one is valid before the old one goes.
-- online
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (one int CONSTRAINT f REFERENCES one, a int CONSTRAINT c CHECK (a > 0), b int CONSTRAINT n CHECK (b IS NOT NULL));
-- rows
INSERT INTO one VALUES (1);
INSERT INTO many VALUES (1, 2, 3);
-- becomes
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (one int CONSTRAINT g REFERENCES one ON DELETE CASCADE, a int CONSTRAINT d CHECK (a > 0) NO INHERIT, b int NOT NULL);
