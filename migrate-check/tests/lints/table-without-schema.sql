-- hazard
CREATE TABLE t (a int);

-- fine
CREATE TABLE app.t (a int);

-- fine
CREATE SCHEMA app CREATE TABLE t (a int);
