-- A new column's default is checked by a function that stays, and that calls one that is new.
CREATE FUNCTION accepts(v text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN is_long(v); END $$;
CREATE DOMAIN word AS text CHECK (accepts(VALUE));
CREATE TABLE t (id int);
-- rows
INSERT INTO t VALUES (1);
-- becomes
CREATE FUNCTION is_long(v text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(v) > 1 $$;
CREATE FUNCTION accepts(v text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN is_long(v); END $$;
CREATE DOMAIN word AS text CHECK (accepts(VALUE));
CREATE TABLE t (id int, v word DEFAULT 'ok');
