-- hazard
CREATE TABLE t (a money);

-- fine
CREATE TABLE t (a numeric);
