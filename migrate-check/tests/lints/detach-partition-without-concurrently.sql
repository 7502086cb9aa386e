-- hazard
ALTER TABLE events DETACH PARTITION events_1;

-- fine
-- migrate: no-transaction
ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;

-- fine
ALTER TABLE events DETACH PARTITION events_1 FINALIZE;
