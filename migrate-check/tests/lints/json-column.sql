-- hazard
CREATE TABLE t (a json);

-- fine
CREATE TABLE t (a jsonb);
