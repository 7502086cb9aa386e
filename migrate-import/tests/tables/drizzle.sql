-- As drizzle-orm 0.45.4 left it behind two migrations.
CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (
    id         serial PRIMARY KEY,
    hash       text NOT NULL,
    created_at bigint
);
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES
    ('000a66339d2cda58d63b0270307181a4a8ba039dba0bc0e17639ecf02e16d288', 1697040000000),
    ('f085888f6bde1798881be2b2bca18d32256e7b173ce13d0e76d124233972e700', 1697040001000);
