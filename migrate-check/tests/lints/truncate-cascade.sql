-- hazard
TRUNCATE users CASCADE;

-- fine
TRUNCATE users, orders;
