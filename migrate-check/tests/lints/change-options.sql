-- hazard
ALTER FUNCTION f() VOLATILE;

-- hazard
ALTER VIEW v SET (security_barrier);

-- hazard
ALTER ROLE r CREATEDB;

-- hazard
ALTER ROLE r SET work_mem = '1GB';

-- hazard
ALTER DATABASE d SET work_mem = '1GB';

-- hazard
-- migrate: no-transaction
ALTER SYSTEM SET work_mem = '1GB';

-- fine
ALTER FUNCTION f() OWNER TO r;

-- fine
ALTER VIEW v ALTER COLUMN a SET DEFAULT 1;

-- fine
SET work_mem = '1GB';
