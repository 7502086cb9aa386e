-- A value is gone, and columns become arrays of the enum, or are no longer.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE people (now mood[], later mood, always mood);
-- rows
INSERT INTO people VALUES (NULL, NULL, 'happy');
-- becomes
CREATE TYPE mood AS ENUM ('happy', 'calm');
CREATE TABLE people (now mood, later mood[], always mood);
