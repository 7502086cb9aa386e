-- Two tables that refer to each other, and one to itself.
-- becomes
CREATE TABLE team (id int PRIMARY KEY, captain int NOT NULL);
CREATE TABLE player (id int PRIMARY KEY, team int REFERENCES team, mentor int REFERENCES player);
ALTER TABLE team ADD CONSTRAINT team_captain FOREIGN KEY (captain) REFERENCES player;
