-- hazard
CLUSTER users USING users_pkey;

-- fine
ALTER TABLE users CLUSTER ON users_pkey;
