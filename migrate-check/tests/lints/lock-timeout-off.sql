-- hazard
SET lock_timeout = 0;

-- hazard
SET LOCAL lock_timeout TO '0s';

-- fine
SET LOCAL lock_timeout = '5s';

-- fine
SET statement_timeout = 0;

-- hazard
RESET lock_timeout;

-- hazard
RESET ALL;

-- hazard
SET LOCAL lock_timeout TO DEFAULT;

-- hazard
SELECT set_config('lock_timeout', '0', true);

-- hazard
SELECT 1, pg_catalog.set_config('LOCK_TIMEOUT', '0ms', false);

-- fine
RESET statement_timeout;

-- fine
SET search_path TO DEFAULT;

-- fine
SELECT set_config('lock_timeout', '5s', true), set_config('statement_timeout', '0', true);

-- fine
SELECT set_config(name, setting, true) FROM saved;
