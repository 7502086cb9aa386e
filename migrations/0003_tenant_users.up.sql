-- Who belongs to which tenant, and with what role.

CREATE TABLE tenant_users (
    tenant_id   bigint      NOT NULL,
    user_id     bigint      NOT NULL,
    role        text        NOT NULL DEFAULT 'member',
    invited_by  bigint,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT tenant_users_pkey PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT tenant_users_tenant_id_fkey
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT tenant_users_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT tenant_users_invited_by_fkey
        FOREIGN KEY (invited_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT tenant_users_role_is_known CHECK (role IN ('owner', 'admin', 'member')),
    CONSTRAINT tenant_users_nobody_invites_themselves CHECK (invited_by <> user_id)
);

-- The primary key finds the users of a tenant; this finds the tenants of a user.
CREATE INDEX tenant_users_user_id_idx ON tenant_users (user_id);

-- Foreign keys are not indexed by themselves; without this, deleting a user scans the table.
CREATE INDEX tenant_users_invited_by_idx ON tenant_users (invited_by) WHERE invited_by IS NOT NULL;

-- A tenant has one owner at most.
CREATE UNIQUE INDEX tenant_users_owner_key ON tenant_users (tenant_id) WHERE role = 'owner';

CREATE TRIGGER tenant_users_set_updated_at
    BEFORE UPDATE ON tenant_users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE tenant_users IS 'Membership of users in tenants.';
COMMENT ON COLUMN tenant_users.role IS 'What the user may do in this tenant.';
COMMENT ON COLUMN tenant_users.invited_by IS 'Who brought the user in; NULL for the first owner.';
