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

-- fine
CREATE TYPE pair AS (a varchar(10), b int);
CREATE TABLE pairs OF pair;
-- then
ALTER TYPE pair ALTER ATTRIBUTE a TYPE text CASCADE;

-- hazard
CREATE TYPE pair AS (a varchar(10), b int);
CREATE TABLE pairs OF pair;
-- then
ALTER TYPE pair ALTER ATTRIBUTE b TYPE bigint CASCADE;
