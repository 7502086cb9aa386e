-- What was logged stays as it was.

CREATE FUNCTION audit_log.refuse() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only appended to';
END;
$$;

CREATE TRIGGER entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log.entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log.refuse();
