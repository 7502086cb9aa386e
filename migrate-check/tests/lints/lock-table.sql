-- hazard
LOCK TABLE users;

-- hazard
LOCK TABLE ONLY users IN SHARE ROW EXCLUSIVE MODE;

-- fine
LOCK TABLE users IN ROW SHARE MODE;

-- fine
CREATE TABLE users (id bigint);
LOCK users;
