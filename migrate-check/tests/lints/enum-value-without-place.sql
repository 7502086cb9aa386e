-- hazard
ALTER TYPE mood ADD VALUE 'calm';

-- fine
ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad';
