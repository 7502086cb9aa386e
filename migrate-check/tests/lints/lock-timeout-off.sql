-- hazard
SET lock_timeout = 0;

-- hazard
SET LOCAL lock_timeout TO '0s';

-- fine
SET LOCAL lock_timeout = '5s';

-- fine
SET statement_timeout = 0;
