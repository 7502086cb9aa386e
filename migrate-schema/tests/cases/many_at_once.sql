-- Several changes that get into each other's way.
-- pinned from PostgreSQL 16
CREATE TYPE state AS ENUM ('new', 'done', 'lost');
CREATE FUNCTION next_state(s state) RETURNS state LANGUAGE sql IMMUTABLE AS $$SELECT 'done'::state$$;
CREATE TABLE job (id serial PRIMARY KEY, state state NOT NULL DEFAULT 'new', parent int REFERENCES job);
CREATE VIEW open_job AS SELECT id, next_state(state) AS next FROM job WHERE state <> 'done';
CREATE TABLE log (job int REFERENCES job, at timestamptz);
-- rows
INSERT INTO job (state) VALUES ('new'), ('done');
-- becomes
CREATE TYPE state AS ENUM ('new', 'running', 'done');
CREATE FUNCTION next_state(s state) RETURNS state LANGUAGE sql IMMUTABLE AS $$SELECT 'running'::state$$;
CREATE TABLE job (id bigserial PRIMARY KEY, state state NOT NULL DEFAULT 'new', parent bigint REFERENCES job);
CREATE VIEW open_job AS SELECT id, next_state(state) AS next, parent FROM job WHERE state <> 'done';
CREATE TABLE log (job bigint REFERENCES job ON DELETE CASCADE, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX log_at ON log (at);
