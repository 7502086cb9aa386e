-- hazard
ALTER TABLE users ADD COLUMN total int GENERATED ALWAYS AS (a + b) STORED;

-- fine
ALTER TABLE users ADD COLUMN total int GENERATED ALWAYS AS (a + b) VIRTUAL;

-- fine
CREATE TABLE users (a int, total int GENERATED ALWAYS AS (a + 1) STORED);
