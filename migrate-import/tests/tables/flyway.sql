-- As the documentation of version 10 has it: a schema, two migrations, one that was undone, and a repeatable one. The checksums
-- are those that Python's zlib computes of the lines.
CREATE TABLE flyway_schema_history (
    installed_rank integer NOT NULL PRIMARY KEY,
    version        varchar(50),
    description    varchar(200) NOT NULL,
    type           varchar(20) NOT NULL,
    script         varchar(1000) NOT NULL,
    checksum       integer,
    installed_by   varchar(100) NOT NULL,
    installed_on   timestamp NOT NULL DEFAULT now(),
    execution_time integer NOT NULL,
    success        boolean NOT NULL
);
INSERT INTO flyway_schema_history
    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) VALUES
    (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '"app"', NULL, 'postgres', 0, true),
    (1, '1', 'users', 'SQL', 'V1__users.sql', 336540139, 'postgres', 5, true),
    (2, '1.1', 'tenants', 'SQL', 'V1_1__tenants.sql', -468356404, 'postgres', 5, true),
    (3, '2', 'more', 'SQL', 'V2__more.sql', 7, 'postgres', 5, true),
    (4, '2', 'more', 'UNDO_SQL', 'U2__more.sql', 7, 'postgres', 5, true),
    (5, NULL, 'views', 'SQL', 'R__views.sql', 7, 'postgres', 5, true);
