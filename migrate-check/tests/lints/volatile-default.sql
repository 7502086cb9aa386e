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
