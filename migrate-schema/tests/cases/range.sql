-- A range of a type.
-- becomes
CREATE TYPE time_range AS RANGE (subtype = time);
CREATE TABLE shift (id int PRIMARY KEY, hours time_range);
