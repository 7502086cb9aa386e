DROP TABLE audit_log.entries;
