//! A set applied to one schema of many: its names mean that schema, its history is in it, and nothing else is touched.

use migrate_runtime::{MigrationSet, Runner};

use crate::support::{Db, set};

const FILES: &[(&str, &str)] = &[
    (
        "0001_users.up.sql",
        "CREATE TABLE users (id int PRIMARY KEY, boss int REFERENCES users DEFERRABLE INITIALLY DEFERRED);",
    ),
    ("0001_users.down.sql", "DROP TABLE users CASCADE;"),
    (
        "0002_count.up.sql",
        "CREATE TABLE counted (n int);\nCREATE FUNCTION count_users() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO counted SELECT count(*) FROM users; RETURN NULL; END $$;\n\
         CREATE CONSTRAINT TRIGGER counted AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION count_users();\nINSERT INTO users VALUES (1, 2), (2, 1);",
    ),
    (
        "0002_count.down.sql",
        "DROP TRIGGER counted ON users; DROP FUNCTION count_users; DROP TABLE counted; DELETE FROM users;",
    ),
    (
        "0003_index.up.sql",
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY users_boss_idx ON users (boss);\nANALYZE users;",
    ),
    ("0003_index.down.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY users_boss_idx;"),
    ("R_view.sql", "CREATE OR REPLACE VIEW bosses AS SELECT boss FROM users;"),
];

const OBJECTS: &str = "SELECT string_agg(concat(nspname, '.', relname), ' ' ORDER BY nspname COLLATE \"C\", relname COLLATE \"C\") \
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'v') AND nspname !~ '^pg_|^information_schema$'";

fn within<'s>(set: &'s MigrationSet, schema: &str) -> Runner<'s> {
    Runner::new(set).in_schema(schema, &[]).unwrap()
}

#[tokio::test]
async fn two_schemas_by_one_connection() {
    let db = Db::new().await;
    db.execute("CREATE SCHEMA tenant_a; CREATE SCHEMA \"Tenant B\"").await;
    let (set, mut client) = (set(FILES), db.connect().await);
    for schema in ["tenant_a", "Tenant B"] {
        let report = within(&set, schema).run(&mut client).await.unwrap();
        assert_eq!(report.applied().len(), 4);
        assert!(within(&set, schema).run(&mut client).await.unwrap().applied().is_empty());
    }
    assert_eq!(
        db.value(OBJECTS).await,
        "Tenant B.bosses Tenant B.counted Tenant B.schema_migrations Tenant B.schema_migrations_log Tenant B.users \
         tenant_a.bosses tenant_a.counted tenant_a.schema_migrations tenant_a.schema_migrations_log tenant_a.users"
    );
    // What was deferred was checked where the script was.
    assert_eq!(db.value("SELECT string_agg(n::text, ',') FROM tenant_a.counted").await, "2,2");
    assert_eq!(crate::support::value(&client, "SHOW search_path").await, "\"$user\", public");

    assert_eq!(within(&set, "tenant_a").revert_to(&mut client, 0).await.unwrap().reverted().len(), 3);
    assert_eq!(db.value("SELECT count(*) FROM \"Tenant B\".users").await, "2");
}

#[tokio::test]
async fn a_schema_that_is_not_there() {
    let db = Db::new().await;
    let set = set(FILES);
    for result in [
        within(&set, "nobody").run(&mut db.connect().await).await,
        within(&set, "nobody").baseline(&mut db.connect().await, 1).await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no schema \"nobody\" in this database, and nothing was touched: create it with CREATE SCHEMA \
             \"nobody\", or check its name [M0535]"
        );
    }
    assert_eq!(db.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'nobody'").await, "0");
}

#[tokio::test]
async fn what_is_shared_is_seen_and_not_written_to() {
    let db = Db::new().await;
    db.execute("CREATE SCHEMA a; CREATE SCHEMA shared; CREATE DOMAIN shared.email AS text; CREATE TABLE public.users ()").await;
    let set = set(&[("0001_users.sql", "CREATE TABLE users (email email);")]);
    let error = within(&set, "a").run(&mut db.connect().await).await.unwrap_err();
    assert!(error.to_string().contains("type \"email\" does not exist"), "{error}");
    let runner = Runner::new(&set).in_schema("a", &["shared"]).unwrap();
    runner.run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value("SELECT 'a.users'::regclass IS NOT NULL").await, "t");
}

#[tokio::test]
async fn what_is_shown_is_what_is_sent() {
    let db = Db::new().await;
    db.execute("CREATE SCHEMA a").await;
    let set = set(FILES);
    let preview = within(&set, "a").preview(&mut db.connect().await).await.unwrap();
    let sql: String = preview.messages().iter().map(migrate_runtime::PreviewMessage::sql).collect();
    assert_eq!(sql.matches("SET LOCAL search_path = \"a\", pg_temp;").count(), 6, "{sql}");
    assert!(sql.contains("SET search_path = \"a\", pg_temp;"), "{sql}");
    let rehearsal = within(&set, "a").rehearse(&mut db.connect().await).await.unwrap();
    assert_eq!(rehearsal.rehearsed().len(), 4);
}
