-- hazard
-- migrate: no-transaction
VACUUM FULL users;

-- hazard
-- migrate: no-transaction
VACUUM (FULL, ANALYZE);

-- fine
-- migrate: no-transaction
VACUUM (ANALYZE) users;

-- fine
-- migrate: no-transaction
VACUUM (FULL false) users;
