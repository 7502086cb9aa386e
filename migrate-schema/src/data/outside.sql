-- What belongs to the server, or to the database as a whole, a line each.
SELECT concat('role ', quote_ident(rolname)) FROM pg_catalog.pg_roles
UNION ALL
SELECT format('membership of %s in %s', member::regrole, roleid::regrole) FROM pg_catalog.pg_auth_members
UNION ALL
SELECT concat('setting ', setting) FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) setting
WHERE s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
UNION ALL
-- A migration may name the database that it is written for, which is not the one it is tried on.
SELECT format('setting %s of the database %I', setting, d.datname)
FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) setting
WHERE d.datname <> current_database() AND d.datname NOT LIKE 'migrate\_scratch%'
UNION ALL
SELECT concat('privileges on the database: ', datacl) FROM pg_catalog.pg_database
WHERE datname = current_database() AND datacl IS NOT NULL
UNION ALL
SELECT concat('comment on the database: ', shobj_description(oid, 'pg_database')) FROM pg_catalog.pg_database
WHERE datname = current_database() AND shobj_description(oid, 'pg_database') IS NOT NULL
UNION ALL
SELECT concat('tablespace ', quote_ident(spcname)) FROM pg_catalog.pg_tablespace
UNION ALL
SELECT concat('large object ', oid) FROM pg_catalog.pg_largeobject_metadata
