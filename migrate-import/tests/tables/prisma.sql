-- As Prisma's schema engine 8.1.0-2 left it behind two migrations, of which the second failed, was marked as rolled back, and
-- was applied once it had been corrected.
CREATE TABLE _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
);
INSERT INTO _prisma_migrations
    (id, checksum, started_at, finished_at, migration_name, rolled_back_at, applied_steps_count) VALUES
    ('1', '537129faaa4be351bd58fa07b80cf56476785f89e597a6820328d2c49ac6ae05', '2026-11-21 10:00Z', '2026-11-21 10:01Z', '20230101000000_users', NULL, 1),
    ('2', 'bf05f108545dfc330d34a58c89b71c599c34a1bb0237033705ee1e22e8e6d120', '2026-11-21 10:02Z', NULL, '20230102000000_tenants', '2026-11-21 10:03Z', 0),
    ('3', '1a4d5e340c8d65608e5d07765b8b4f739f5e5fab5f160e76f5012efadcc4f028', '2026-11-21 10:04Z', '2026-11-21 10:05Z', '20230102000000_tenants', NULL, 1);
