-- hazard
ALTER TABLE users SET TABLESPACE fast;

-- hazard
ALTER TABLE users SET UNLOGGED;

-- hazard
ALTER TABLE users SET ACCESS METHOD columnar;

-- fine
ALTER TABLE users SET (fillfactor = 80);

-- fine
CREATE TABLE users (id bigint);
ALTER TABLE users SET LOGGED;

-- fine
CREATE TABLE users (id int);
-- then
ALTER TABLE users SET ACCESS METHOD heap;

-- hazard
CREATE TABLE users (id int);
-- then
ALTER TABLE users SET ACCESS METHOD columnar;
