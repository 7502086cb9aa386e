-- hazard
ALTER TABLE users ALTER email DROP NOT NULL;

-- fine
ALTER TABLE users ALTER email SET NOT NULL;

-- fine, down
ALTER TABLE users ALTER email DROP NOT NULL;
