-- migrate: no-transaction
DROP INDEX CONCURRENTLY IF EXISTS emails_waiting_idx;
