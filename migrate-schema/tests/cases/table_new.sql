-- A table with all that a table has, where there was nothing.
-- becomes
CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    "Full Name" text,
    born date CHECK (born > '1900-01-01'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customer_created_at ON customer (created_at DESC);
