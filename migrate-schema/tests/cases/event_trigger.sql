-- It looks at what comes after it.
-- becomes
CREATE TABLE t (id int);
CREATE FUNCTION look() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE EVENT TRIGGER looks ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION look();
