-- hazard
ALTER TABLE users ALTER plan DROP DEFAULT;

-- hazard
ALTER TABLE users ALTER plan SET DEFAULT 'x';

-- fine
ALTER TABLE users ADD plan text DEFAULT 'x';
