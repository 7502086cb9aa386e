-- A foreign key gets another ON DELETE while an index is built: the new one is looked at before the old one goes.
-- online
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one int CONSTRAINT fk REFERENCES one);
-- rows
INSERT INTO one VALUES (1);
INSERT INTO many VALUES (1, 1);
-- becomes
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one int CONSTRAINT fk REFERENCES one ON DELETE CASCADE);
CREATE INDEX many_one ON many (one);
