-- hazard
ALTER TABLE users ADD COLUMN plan text NOT NULL;

-- hazard
ALTER TABLE users ADD plan text DEFAULT NULL NOT NULL;

-- fine
ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free';

-- fine
ALTER TABLE users ADD COLUMN plan text;

-- fine
ALTER TABLE users ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY NOT NULL;

-- fine
CREATE TABLE users (plan text NOT NULL);
