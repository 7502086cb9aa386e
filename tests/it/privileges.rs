//! Roles that may do little: what they can do with it, and that the advice of an error, followed to the letter, is enough.

use migrate_runtime::tokio_postgres::{Client, Config, NoTls};
use migrate_runtime::{Error, MigrationSet, Runner, State};

use crate::support::{Db, set, until, value};

/// A database whose owner may do all, and a role that may connect.
struct Scene {
    db: Db,
    owner: Client,
    role: String,
}

impl Scene {
    async fn new() -> Self {
        let db = Db::new().await;
        let owner = db.connect().await;
        let role = format!("{}_service", db.name);
        let sql = format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'; REVOKE ALL ON SCHEMA public FROM PUBLIC");
        owner.batch_execute(&sql).await.unwrap();
        Self { db, owner, role }
    }

    async fn connect(&self) -> Client {
        let mut config: Config = self.db.url.parse().unwrap();
        let (client, connection) = config.user(&self.role).password("pw").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Grants a list of `SELECT ON t`.
    async fn grant(&self, privileges: &[&str]) {
        for privilege in privileges {
            self.owner.batch_execute(&format!("GRANT {privilege} TO {}", self.role)).await.unwrap();
        }
    }

    async fn end(self) {
        let sql = format!("DROP OWNED BY {role}; DROP ROLE {role}", role = self.role);
        self.owner.batch_execute(&sql).await.unwrap();
    }
}

#[track_caller]
fn refused(result: Result<migrate_runtime::Report, Error>, words: &str) {
    let error = result.expect_err("a refusal");
    assert_eq!(error.sqlstate(), Some("42501"), "{error}");
    assert!(error.to_string().contains(words), "{words:?} is not in {error}");
}

fn up_to(count: usize) -> MigrationSet {
    set(&[
        ("0001_t.up.sql", "CREATE TABLE t (id int);"),
        ("0001_t.down.sql", "DROP TABLE t;"),
        ("0002_insert.up.sql", "INSERT INTO t VALUES (1);"),
        ("0002_insert.down.sql", "DELETE FROM t;"),
        ("0003_steps.up.sql", "-- migrate: no-transaction\nINSERT INTO t VALUES (2);"),
        ("0003_steps.down.sql", "-- migrate: no-transaction\nDELETE FROM t WHERE id = 2;"),
        ("0004_u.up.sql", "CREATE TABLE u (id int);"),
        ("0004_u.down.sql", "DROP TABLE u;"),
    ][..2 * count])
}

const WRITE: &str = "grant the role SELECT, INSERT and UPDATE on the history table (to revert, DELETE too), and INSERT on its log, \
                     the table of that name with the ending _log";

#[tokio::test]
async fn a_service_reads_and_is_told_what_else_it_needs() {
    let scene = Scene::new().await;
    let mut owner = scene.db.connect().await;
    up_to(1).run(&mut owner).await.unwrap();
    let mut service = scene.connect().await;

    refused(
        up_to(1).run(&mut service).await,
        "reading the history table \"public\".\"schema_migrations\" failed: ",
    );
    refused(
        up_to(1).run(&mut service).await,
        "; grant the role USAGE on the schema of the history table and SELECT on the table",
    );
    scene.grant(&["USAGE ON SCHEMA public", "SELECT ON schema_migrations"]).await;
    // Current: nothing else is needed.
    assert_eq!(up_to(1).run(&mut service).await.unwrap().already_applied(), 1);
    assert_eq!(up_to(2).plan(&mut service).await.unwrap().steps().len(), 1);
    assert_eq!(up_to(2).status(&mut service).await.unwrap().migrations()[1].state(), State::Pending);

    // Behind, by a transaction, by statements, by a table of its own.
    refused(
        up_to(2).run(&mut service).await,
        "permission denied for table t (42501); grant the role what it needs, or migrate as the owner",
    );
    scene.grant(&["INSERT ON t"]).await;
    let no_row = |table: &str| {
        format!(
            "0002_insert.up.sql: writing its history row: permission denied for table {table} (42501); {WRITE}"
        )
    };
    refused(up_to(2).run(&mut service).await, &no_row("schema_migrations_log"));
    scene.grant(&["INSERT ON schema_migrations_log"]).await;
    refused(up_to(2).run(&mut service).await, &no_row("schema_migrations"));
    scene.grant(&["SELECT, INSERT, UPDATE ON schema_migrations"]).await;
    assert_eq!(value(&owner, "SELECT count(*) FROM t").await, "0");
    assert_eq!(up_to(3).run(&mut service).await.unwrap().applied().len(), 2);
    refused(
        up_to(4).run(&mut service).await,
        "0004_u.up.sql:1:14: permission denied for schema public (42501); grant the role what it needs, or migrate as the owner",
    );
    scene.grant(&["CREATE ON SCHEMA public"]).await;
    assert_eq!(up_to(4).run(&mut service).await.unwrap().applied().len(), 1);

    // Back again: by statements the row is known to be in the way only at the end.
    let (all, two) = (up_to(4), up_to(2));
    refused(
        Runner::new(&all).revert(&mut service, 1).await,
        &format!("permission denied for table schema_migrations (42501); {WRITE}"),
    );
    assert_eq!(value(&owner, "SELECT to_regclass('u') IS NOT NULL").await, "t");
    scene.grant(&["DELETE ON schema_migrations", "SELECT, DELETE ON t"]).await;
    assert_eq!(Runner::new(&all).revert(&mut service, 2).await.unwrap().reverted().len(), 2);
    assert_eq!(Runner::new(&two).revert(&mut service, 1).await.unwrap().reverted().len(), 1);
    assert_eq!(value(&owner, "SELECT string_agg(version::text, ',') FROM schema_migrations").await, "1");
    scene.end().await;
}

#[tokio::test]
async fn the_history_is_created_by_who_may() {
    let scene = Scene::new().await;
    let mut service = scene.connect().await;
    scene.grant(&["USAGE ON SCHEMA public"]).await;
    let set = up_to(1);
    let create = "grant the role USAGE and CREATE on the schema of the history table, or, where that schema is missing, CREATE on \
                  the database";
    refused(
        set.run(&mut service).await,
        &format!(
            "creating the history table \"public\".\"schema_migrations\" failed: permission denied for schema public (42501); {create}"
        ),
    );
    let elsewhere = Runner::new(&set).history_table("elsewhere", "history").unwrap();
    refused(
        elsewhere.run(&mut service).await,
        &format!("permission denied for database {} (42501); {create}", scene.db.name),
    );
    scene.grant(&["USAGE, CREATE ON SCHEMA public", &format!("CREATE ON DATABASE {}", scene.db.name)]).await;
    assert_eq!(set.run(&mut service).await.unwrap().applied().len(), 1);
    let other = crate::support::set(&[("0001_x.sql", "CREATE TABLE x (id int);")]);
    let elsewhere = Runner::new(&other).history_table("elsewhere", "history").unwrap();
    assert_eq!(elsewhere.run(&mut service).await.unwrap().applied().len(), 1);
    scene.end().await;
}

#[tokio::test]
async fn what_records_without_running_says_what_it_needs() {
    let scene = Scene::new().await;
    let mut owner = scene.db.connect().await;
    up_to(1).run(&mut owner).await.unwrap();
    scene.grant(&["USAGE ON SCHEMA public", "SELECT ON schema_migrations"]).await;
    let mut service = scene.connect().await;
    let set = up_to(2);
    let write = "writing to the history table \"public\".\"schema_migrations\" failed: permission denied for table \
                 schema_migrations (42501); grant the role SELECT, INSERT, UPDATE and DELETE on the history table, and INSERT on \
                 its log";
    refused(Runner::new(&set).skip(&mut service, 2).await, write);
    scene
        .grant(&["SELECT, INSERT, UPDATE, DELETE ON schema_migrations", "INSERT ON schema_migrations_log"])
        .await;
    Runner::new(&set).skip(&mut service, 2).await.unwrap();
    scene.end().await;
}

/// It sees that there is a backend, and not what that runs.
#[tokio::test]
async fn a_role_that_cannot_see_who_works_waits_as_long_as_they_are_there() {
    let scene = Scene::new().await;
    let mut owner = scene.db.connect().await;
    up_to(1).run(&mut owner).await.unwrap();
    scene
        .grant(&[
            "USAGE ON SCHEMA public",
            "SELECT, INSERT, UPDATE ON schema_migrations",
            "INSERT ON schema_migrations_log",
            "INSERT ON t",
        ])
        .await;
    let blocker = scene.db.connect().await;
    blocker.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let set = up_to(3);
    let mut service = scene.connect().await;
    let release = async {
        let waits = "SELECT count(*) = 1 FROM schema_migrations WHERE state = 'running'";
        until(&scene.owner, waits).await;
        let status = set.status(&mut scene.connect().await).await.unwrap();
        assert_eq!(status.migrations()[2].state(), State::Running);
        blocker.batch_execute("COMMIT").await.unwrap();
    };
    Runner::new(&set).target(2).skip(&mut owner, 2).await.unwrap();
    let (one, other, ()) = tokio::join!(set.run(&mut owner), set.run(&mut service), release);
    assert_eq!(one.unwrap().applied().len() + other.unwrap().applied().len(), 1);
    assert_eq!(value(&scene.owner, "SELECT string_agg(id::text, ',') FROM t").await, "2");

    // A claim whose backend is gone is taken over.
    let gone = "UPDATE schema_migrations SET state = 'running', claim = 'migrate_0', claimed_at = now(), backend_pid = 2147483647, \
                backend_start = now(), statements_done = 0, applied_at = NULL, \
                done_checksum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' WHERE version = 3";
    scene.owner.batch_execute(gone).await.unwrap();
    assert_eq!(set.run(&mut service).await.unwrap().applied().len(), 1);
    scene.end().await;
}

#[tokio::test]
async fn where_nothing_may_be_written() {
    let scene = Scene::new().await;
    let mut owner = scene.db.connect().await;
    let read_only = format!("ALTER ROLE {} SET default_transaction_read_only = on", scene.role);
    scene.owner.batch_execute(&read_only).await.unwrap();
    let name = &scene.db.name;
    scene
        .grant(&[
            "ALL ON SCHEMA public",
            &format!("CREATE ON DATABASE {name}"),
            "pg_read_all_data",
            "pg_write_all_data",
        ])
        .await;
    let advice = "(25006); connect to the primary server, or lift default_transaction_read_only";
    let mut service = scene.connect().await;
    let fresh = up_to(1).run(&mut service).await.unwrap_err();
    assert!(fresh.to_string().contains(advice), "{fresh}");
    up_to(1).run(&mut owner).await.unwrap();
    scene.grant(&["ALL ON ALL TABLES IN SCHEMA public"]).await;
    assert_eq!(up_to(1).run(&mut service).await.unwrap().already_applied(), 1);
    for behind in [
        up_to(2),
        set(&[
            ("0001_t.sql", "CREATE TABLE t (id int);"),
            ("0002_x.sql", "-- migrate: no-transaction\nSELECT 1;"),
        ]),
    ] {
        let error = behind.run(&mut service).await.unwrap_err();
        assert!(error.to_string().contains(advice), "{error}");
    }
    let two = up_to(2);
    let skipped = Runner::new(&two).skip(&mut service, 2).await.unwrap_err();
    assert!(skipped.to_string().contains(advice), "{skipped}");
    let reverted = Runner::new(&two).revert(&mut service, 1).await.unwrap_err();
    assert!(reverted.to_string().contains("(25006); connect to the primary"), "{reverted}");
    service.batch_execute("SET default_transaction_read_only = off").await.unwrap();
    assert_eq!(up_to(2).run(&mut service).await.unwrap().applied().len(), 1);
    scene.end().await;
}
