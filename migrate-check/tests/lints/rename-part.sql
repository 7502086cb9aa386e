-- hazard
ALTER TABLE users RENAME CONSTRAINT a TO b;

-- hazard
ALTER TRIGGER a ON users RENAME TO b;

-- hazard
ALTER POLICY a ON users RENAME TO b;

-- hazard
ALTER RULE a ON users RENAME TO b;

-- fine
ALTER INDEX a RENAME TO b;

-- fine
ALTER POLICY a ON users USING (true);
