-- Organisations. Each tenant's own data is in a database of its own or in this one; the registry is here.

CREATE TABLE tenants (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug           text        NOT NULL,
    name           text        NOT NULL,
    plan           text        NOT NULL DEFAULT 'free',
    database_url   text,
    database_type  text        NOT NULL DEFAULT 'postgresql',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,

    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_slug_fits_a_host_name CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT tenants_name_is_not_blank CHECK (btrim(name) <> ''),
    CONSTRAINT tenants_plan_is_known CHECK (plan IN ('free', 'team', 'enterprise')),
    CONSTRAINT tenants_deleted_after_created CHECK (deleted_at >= created_at)
);

-- Lists and the migration of all tenants go over those that are not deleted.
CREATE INDEX tenants_active_idx ON tenants (created_at) WHERE deleted_at IS NULL;

CREATE TRIGGER tenants_set_updated_at
    BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE tenants IS 'Organisations that use the application.';
COMMENT ON COLUMN tenants.slug IS 'Name in host names and URLs; never given to another tenant.';
COMMENT ON COLUMN tenants.database_url IS 'The tenant''s own database; NULL where its data is in this one.';
COMMENT ON COLUMN tenants.database_type IS 'What kind of database that is; migrations apply to postgresql.';
