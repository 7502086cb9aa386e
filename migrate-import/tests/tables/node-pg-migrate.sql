-- As node-pg-migrate 9.0.0 left it behind two migrations.
CREATE TABLE pgmigrations (
    id     serial PRIMARY KEY,
    name   varchar(255) NOT NULL,
    run_on timestamp NOT NULL
);
INSERT INTO pgmigrations (name, run_on) VALUES
    ('1697040000000_users', '2026-11-21 19:34:47.032696'),
    ('1697040001000_tenants', '2026-11-21 19:34:47.032696');
