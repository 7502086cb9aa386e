-- migrate: no-transaction
-- The worker looks for what waits, which stays few rows however many were sent.
CREATE INDEX CONCURRENTLY IF NOT EXISTS emails_waiting_idx ON emails (id) WHERE sent_at IS NULL;
