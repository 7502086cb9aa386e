-- hazard
ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad';

-- fine
CREATE TYPE mood AS ENUM ('sad');
ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad';

-- fine
ALTER TYPE mood RENAME VALUE 'calm' TO 'sad';
