-- hazard
CREATE TABLE t (at timestamp);

-- hazard
ALTER TABLE t ADD at timestamp(3) without time zone[];

-- fine
CREATE TABLE t (at timestamptz, b timestamp(3) with time zone);

-- hazard
CREATE TYPE span AS (since timestamptz, until timestamp);

-- hazard
ALTER TYPE span ADD ATTRIBUTE at timestamp;

-- hazard
CREATE DOMAIN moment AS timestamp NOT NULL;

-- fine
CREATE TYPE span AS (since timestamptz, until timestamptz);

-- fine
ALTER TYPE span ADD ATTRIBUTE at timestamptz, DROP ATTRIBUTE until;

-- fine
CREATE DOMAIN moment AS timestamptz;

-- fine
CREATE TYPE mood AS ENUM ('timestamp');
