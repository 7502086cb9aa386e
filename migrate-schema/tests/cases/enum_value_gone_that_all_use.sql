-- A value goes from an enum that a default, a predicate, a function, a check, a policy, a trigger and a partition key use.
CREATE TYPE state AS ENUM ('open', 'closed', 'gone');
CREATE FUNCTION is_open(s state DEFAULT 'open') RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT s = 'open' $$;
CREATE TABLE t (id int, s state NOT NULL DEFAULT 'open', CHECK (is_open(s) OR s = 'closed'), g boolean GENERATED ALWAYS AS (s = 'open'::state) STORED);
CREATE INDEX t_open ON t (id) WHERE s = 'open';
CREATE POLICY p ON t USING (s = 'open');
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.s = 'closed') EXECUTE FUNCTION tf();
-- rows
INSERT INTO t (id, s) VALUES (1, 'open');
-- becomes
CREATE TYPE state AS ENUM ('open', 'closed');
CREATE FUNCTION is_open(s state DEFAULT 'open') RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT s = 'open' $$;
CREATE TABLE t (id int, s state NOT NULL DEFAULT 'open', CHECK (is_open(s) OR s = 'closed'), g boolean GENERATED ALWAYS AS (s = 'open'::state) STORED);
CREATE INDEX t_open ON t (id) WHERE s = 'open';
CREATE POLICY p ON t USING (s = 'open');
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.s = 'closed') EXECUTE FUNCTION tf();
