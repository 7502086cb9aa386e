//! Without advisory locks: what a row of a table does in their place, for a role that may not use them.

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};

use crate::processes::race;
use crate::support::{
    Db, HISTORY, TABLES, WAITS, borrowed, connect, folder, pairs, set, set_of, small, until,
};

/// Nobody may use an advisory lock in this database, but for superusers, whom nothing is refused.
const REVOKED: &str = "DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE \
    pronamespace = 'pg_catalog'::regnamespace AND proname ~ 'advisory' LOOP \
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f); END LOOP; END $$";

/// A database in which a role that is no superuser may do all but use advisory locks.
struct Scene {
    db: Db,
    role: String,
    url: String,
}

impl Scene {
    async fn new() -> Self {
        let db = Db::new().await;
        let role = format!("{}_service", db.name);
        db.execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'pw'; ALTER DATABASE {} OWNER TO {role}",
            db.name
        ))
        .await;
        db.execute(REVOKED).await;
        let (_, rest) = db.url.split_once('@').unwrap();
        let url = format!("postgres://{role}:pw@{rest}");
        connect(&url).await.batch_execute("SELECT pg_try_advisory_xact_lock(1)").await.unwrap_err();
        Self { db, role, url }
    }

    async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    async fn end(self) {
        let owner = self.db.value("SELECT session_user").await;
        let role = &self.role;
        self.db
            .execute(&format!("REASSIGN OWNED BY {role} TO {owner}; DROP OWNED BY {role}; DROP ROLE {role}"))
            .await;
    }
}

fn by_row(set: &MigrationSet) -> Runner<'_> {
    Runner::new(set).row_lock()
}

#[tokio::test]
async fn who_may_not_use_the_advisory_lock_is_told_of_the_other_one() {
    let scene = Scene::new().await;
    let files = small(1);
    let error = set(&borrowed(&files)).run(&mut scene.connect().await).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42501"), "{error}");
    assert!(error.to_string().contains("lock = \"row\" in migrate.toml"), "{error}");
    scene.end().await;
}

#[tokio::test]
async fn a_whole_life_with_it() {
    let scene = Scene::new().await;
    let (files, mut client) = (pairs(5), scene.connect().await);
    let set = set_of(&files);
    let rehearsal = by_row(&set).rehearse(&mut client).await.unwrap();
    assert_eq!(rehearsal.rehearsed().len(), 5);
    assert_eq!(
        scene.db.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'schema_migrations%'").await,
        "0"
    );

    assert_eq!(by_row(&set).run(&mut client).await.unwrap().applied().len(), 5);
    assert!(by_row(&set).run(&mut client).await.unwrap().applied().is_empty());
    assert_eq!(by_row(&set).revert(&mut client, 2).await.unwrap().reverted().len(), 2);
    assert_eq!(by_row(&set).skip(&mut client, 4).await.unwrap().recorded(), ["0004_t4"]);
    assert_eq!(by_row(&set).run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(scene.db.value(TABLES).await, "t1,t2,t3,t5");
    assert_eq!(scene.db.value("SELECT count(*) FROM schema_migrations_lock").await, "1");
    scene.end().await;
}

#[tokio::test]
async fn eight_processes_on_an_empty_database() {
    let scene = Scene::new().await;
    let mut files = small(12);
    files.push((
        "0013_index.sql".to_owned(),
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON t1 (id);".to_owned(),
    ));
    files.push(("migrate.toml".to_owned(), "lock = \"row\"\n".to_owned()));
    let folder = folder(&borrowed(&files));
    assert_eq!(race(folder.path(), &scene.url, 8).await, (1..=13).collect::<Vec<i64>>());
    assert_eq!(scene.db.value("SELECT count(*) FROM schema_migrations").await, "13");
    scene.end().await;
}

#[tokio::test]
async fn another_process_waits_until_the_one_at_work_is_done() {
    let db = Db::new().await;
    db.execute("CREATE TABLE gate ()").await;
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let set = set(&[
        ("0001_a.sql", "SET LOCAL lock_timeout = 0; LOCK TABLE gate; CREATE TABLE a ();"),
        ("0002_b.sql", "CREATE TABLE b ();"),
    ]);
    let (mut one, mut other, looking) = (db.connect().await, db.connect().await, db.connect().await);
    let holder = "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%SELECT held.pid FROM%' AND pid <> pg_backend_pid() AND datname = current_database()";
    let runner = by_row(&set);
    let second = async {
        until(&looking, WAITS).await;
        let run = runner.run(&mut other);
        let opened = async {
            until(&looking, holder).await;
            gate.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(run, opened).0
    };
    let (one, other) = tokio::join!(runner.run(&mut one), second);
    assert_eq!((one.unwrap().applied().len(), other.unwrap().applied().len()), (2, 0));
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn a_function_holds_it_to_its_end() {
    let db = Db::new().await;
    let set = set(&[("0001_f.sql", "-- migrate: function")]);
    let ends = by_row(&set).function(1, |transaction| {
        Box::pin(async move { Ok(transaction.batch_execute("COMMIT; BEGIN").await?) })
    });
    let error = ends.run(&mut db.connect().await).await.unwrap_err();
    assert!(error.to_string().contains("has ended the transaction"), "{error}");
    let stays = by_row(&set).function(1, |transaction| {
        Box::pin(async move { Ok(transaction.batch_execute("CREATE TABLE f ()").await?) })
    });
    assert_eq!(stays.run(&mut db.connect().await).await.unwrap().applied().len(), 1);
}

/// Makes a server of the shared one that says of advisory locks what one without them says.
async fn without_advisory_locks(db: &Db) {
    db.execute(
        "SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) RENAME TO gone; \
         CREATE FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) RETURNS boolean \
         LANGUAGE plpgsql AS $$ BEGIN RAISE feature_not_supported USING MESSAGE = 'advisory locks are not yet implemented'; END $$",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_has_no_advisory_locks_is_found_out() {
    let db = Db::new().await;
    let (files, mut client) = (small(2), db.connect().await);
    let set = set(&borrowed(&files));
    let can = Runner::new(&set).probe(&mut client).await.unwrap();
    assert!(
        can.are_enough() && can.has_advisory_locks() && can.has_transactional_ddl() == Some(true),
        "{can}"
    );
    assert!(can.to_string().starts_with("PostgreSQL "), "{can}");

    without_advisory_locks(&db).await;
    let can = Runner::new(&set).probe(&mut client).await.unwrap();
    assert!(!can.are_enough() && !can.has_advisory_locks(), "{can}");
    let advice = "advisory locks: no, advisory locks are not yet implemented (0A000); say lock = \"row\" in migrate.toml\n";
    assert!(can.to_string().contains(advice), "{can}");
    let error = set.run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("lock = \"row\" in migrate.toml"), "{error}");
    assert!(by_row(&set).probe(&mut client).await.unwrap().are_enough());
    assert_eq!(by_row(&set).run(&mut client).await.unwrap().applied().len(), 2);
    assert_eq!(
        crate::support::value(&client, "SELECT count(*) FROM pg_class WHERE relname LIKE 'migrate_probe%'")
            .await,
        "0"
    );
}
