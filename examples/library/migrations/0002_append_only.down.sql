DROP TRIGGER entries_append_only ON audit_log.entries;
DROP FUNCTION audit_log.refuse();
