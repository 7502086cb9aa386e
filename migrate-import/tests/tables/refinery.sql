-- As refinery 0.10.0 left it behind two migrations.
CREATE TABLE refinery_schema_history (
    version    int4 PRIMARY KEY,
    name       varchar(255),
    applied_on varchar(255),
    checksum   varchar(255)
);
INSERT INTO refinery_schema_history VALUES
    (1, 'users', '2026-11-21T19:38:22.623032908Z', '10915038114215788890'),
    (2, 'tenants', '2026-11-21T19:38:22.6292738Z', '13187869227901155725');
