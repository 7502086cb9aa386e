-- As sqlx 0.9.0 left it behind two migrations.
CREATE TABLE _sqlx_migrations (
    version        bigint PRIMARY KEY,
    description    text NOT NULL,
    installed_on   timestamptz NOT NULL DEFAULT now(),
    success        boolean NOT NULL,
    checksum       bytea NOT NULL,
    execution_time bigint NOT NULL
);
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES
    (20230101000000, 'users', true, '\x6337697883ead93bde2c64aa4c89983e494facc84418dc07c69854725a0401e9abccd1b1a56f06b2871d89dd25d29d40', 18099564),
    (20230102000000, 'tenants', true, '\x452d974d6d247f1d484d38906edebdf38f305fd9c3aad8dafdb79ee865fcc7509042ae1ed63729c6b610e1d6f86acaac', 4027759);
