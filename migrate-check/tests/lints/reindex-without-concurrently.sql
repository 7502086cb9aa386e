-- hazard
REINDEX TABLE users;

-- hazard
REINDEX (VERBOSE) INDEX users_email_idx;

-- hazard
-- migrate: no-transaction
REINDEX SCHEMA public;

-- fine
-- migrate: no-transaction
REINDEX TABLE CONCURRENTLY users;

-- fine
-- migrate: no-transaction
REINDEX (CONCURRENTLY) TABLE users;
