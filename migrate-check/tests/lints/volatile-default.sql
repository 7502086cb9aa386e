-- hazard
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();

-- hazard
ALTER TABLE users ADD COLUMN token text NOT NULL DEFAULT md5(random()::text);

-- hazard
ALTER TABLE users ADD COLUMN n int DEFAULT our_function(1);

-- hazard
ALTER TABLE users ADD COLUMN at timestamptz DEFAULT pg_catalog.clock_timestamp();

-- fine
ALTER TABLE users ADD COLUMN at timestamptz DEFAULT now(), ADD COLUMN b timestamptz DEFAULT current_timestamp;

-- fine
ALTER TABLE users ADD COLUMN tags text[] NOT NULL DEFAULT '{}'::text[], ADD x int DEFAULT -1, ADD y jsonb DEFAULT jsonb_build_object('a', 1);

-- fine
ALTER TABLE users ADD COLUMN at timestamptz DEFAULT date_trunc('day', now()) + interval '1 day', ADD n int DEFAULT extract(year FROM now());

-- fine
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();

-- fine
CREATE TABLE users (token uuid DEFAULT gen_random_uuid());

-- hazard
CREATE DOMAIN token AS uuid DEFAULT gen_random_uuid();
-- then
ALTER TABLE users ADD COLUMN secret token;

-- hazard
CREATE FUNCTION next_code() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE DOMAIN code AS int DEFAULT next_code();
CREATE DOMAIN code_of_user AS code;
-- then
ALTER TABLE users ADD COLUMN code code_of_user;

-- fine
CREATE DOMAIN token AS uuid DEFAULT gen_random_uuid();
-- then
ALTER TABLE users ADD COLUMN secret token DEFAULT '00000000-0000-0000-0000-000000000000';

-- fine
CREATE DOMAIN token AS uuid DEFAULT gen_random_uuid();
ALTER DOMAIN token DROP DEFAULT;
-- then
ALTER TABLE users ADD COLUMN secret token;

-- fine
ALTER TABLE users ADD COLUMN tags text[] DEFAULT array_remove(string_to_array('a,b', ','), quote_literal('b'));

-- hazard
ALTER TABLE users ADD COLUMN code text DEFAULT upper(left(md5(random()::text), 8));
