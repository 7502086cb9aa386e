-- hazard
CREATE TABLE t (at timestamp);

-- hazard
ALTER TABLE t ADD at timestamp(3) without time zone[];

-- fine
CREATE TABLE t (at timestamptz, b timestamp(3) with time zone);
