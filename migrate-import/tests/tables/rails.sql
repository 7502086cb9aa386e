-- As Active Record 6.1.7 left it behind two migrations.
CREATE TABLE schema_migrations (
    version varchar NOT NULL PRIMARY KEY
);
INSERT INTO schema_migrations VALUES ('20230101000000'), ('20230102000000');
