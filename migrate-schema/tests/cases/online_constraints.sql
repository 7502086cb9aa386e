-- While others write.
-- online
CREATE TABLE one (id int NOT NULL, a int);
CREATE TABLE many (id int PRIMARY KEY, one int);
-- rows
INSERT INTO one VALUES (1, 2);
INSERT INTO many VALUES (1, 1);
-- becomes
CREATE TABLE one (id int PRIMARY KEY, a int NOT NULL CONSTRAINT positive CHECK (a > 0), CONSTRAINT one_a UNIQUE (a));
CREATE TABLE many (id int PRIMARY KEY, one int REFERENCES one);
