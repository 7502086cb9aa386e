-- People who can sign in, whichever tenants they belong to.

CREATE TABLE users (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text        NOT NULL,
    display_name  text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz,

    CONSTRAINT users_email_is_an_address CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
    CONSTRAINT users_display_name_is_not_blank CHECK (btrim(display_name) <> ''),
    CONSTRAINT users_deleted_after_created CHECK (deleted_at >= created_at)
);

-- One account an address, in whatever letter case it is typed; a deleted account frees its address.
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;

-- Keeps `updated_at` true for every writer. The later tables use it too.
CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER users_set_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE users IS 'People who can sign in.';
COMMENT ON COLUMN users.email IS 'Where mail reaches the person; unique among accounts that are not deleted.';
COMMENT ON COLUMN users.deleted_at IS 'When the account was closed; the row stays for what refers to it.';
