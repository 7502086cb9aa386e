-- As sea-orm-migration 1.1.20 left it behind two migrations.
CREATE TABLE seaql_migrations (
    version    varchar NOT NULL PRIMARY KEY,
    applied_at bigint NOT NULL
);
INSERT INTO seaql_migrations VALUES
    ('m20230101_000001_users', 1795290285), ('m20230102_000001_tenants', 1795290285);
