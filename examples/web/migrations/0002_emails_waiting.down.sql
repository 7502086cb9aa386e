-- migrate: no-transaction
DROP INDEX CONCURRENTLY emails_waiting_idx;
