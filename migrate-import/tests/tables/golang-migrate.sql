-- As the documentation of version 4 has it, behind two migrations: one row, the newest of them.
CREATE TABLE schema_migrations (
    version bigint NOT NULL PRIMARY KEY,
    dirty   boolean NOT NULL
);
INSERT INTO schema_migrations VALUES (2, false);
