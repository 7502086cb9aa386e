-- hazard
ALTER TYPE mood ADD VALUE 'calm';
UPDATE people SET mood = 'calm' WHERE id = 1;

-- fine
ALTER TYPE mood ADD VALUE 'calm';
-- then
UPDATE people SET mood = 'calm' WHERE id = 1;

-- fine
ALTER TYPE mood ADD VALUE 'calm';
UPDATE people SET mood = 'sad' WHERE id = 1;

-- fine
-- migrate: no-transaction
ALTER TYPE mood ADD VALUE 'calm';
UPDATE people SET mood = 'calm' WHERE id = 1;

-- hazard
INSERT INTO people (mood) VALUES ('sad'), ('sad');
ALTER TYPE mood ADD VALUE 'calm';
INSERT INTO people (mood) VALUES ('sad'), ('calm'), ('sad');

-- fine
ALTER TYPE mood ADD VALUE 'calm';
INSERT INTO people (mood) VALUES ('sad'), ('happy'), ('sad');
