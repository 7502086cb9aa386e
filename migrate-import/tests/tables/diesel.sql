-- As diesel_migrations 2.3.2 left it behind two migrations.
CREATE TABLE __diesel_schema_migrations (
    version varchar(50) PRIMARY KEY NOT NULL,
    run_on  timestamp NOT NULL DEFAULT current_timestamp
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('20230101000000'), ('20230102000000');
