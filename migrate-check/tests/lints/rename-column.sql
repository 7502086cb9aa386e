-- hazard
ALTER TABLE users RENAME name TO full_name;

-- hazard
ALTER VIEW users RENAME COLUMN name TO full_name;

-- fine
ALTER TABLE users RENAME CONSTRAINT a TO b;
