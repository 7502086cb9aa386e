-- Both ends of a foreign key get another type.
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one int NOT NULL REFERENCES one ON DELETE CASCADE);
-- rows
INSERT INTO one VALUES (1), (2);
INSERT INTO many VALUES (1, 1), (2, 2);
-- becomes
CREATE TABLE one (id bigint PRIMARY KEY);
CREATE TABLE many (id int PRIMARY KEY, one bigint NOT NULL REFERENCES one ON DELETE CASCADE);
