-- hazard
TRUNCATE users;

-- fine
CREATE TABLE users (id bigint);
TRUNCATE users;

-- fine, down
TRUNCATE users;
