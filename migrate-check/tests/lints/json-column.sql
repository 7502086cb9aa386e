-- hazard
CREATE TABLE t (a json);

-- fine
CREATE TABLE t (a jsonb);

-- hazard
CREATE TYPE answer AS (body json);

-- fine
CREATE TYPE answer AS (body jsonb);
