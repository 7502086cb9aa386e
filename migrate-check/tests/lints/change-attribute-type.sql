-- hazard
CREATE TABLE points OF point_type;
-- then
ALTER TYPE point_type ALTER ATTRIBUTE x TYPE bigint CASCADE;

-- fine
CREATE TABLE points OF point_type;
-- then
ALTER TYPE point_type ADD ATTRIBUTE z int CASCADE;

-- fine
ALTER TYPE point_type ALTER ATTRIBUTE x TYPE bigint;
