//! Many at once: each migration is applied once, everybody ends well, no lock is left behind.

use migrate_runtime::Runner;
use migrate_runtime::tokio_postgres::error::SqlState;

use crate::processes::race;
use crate::support::{
    Db, HISTORY, INVALID_INDEXES, NO_ADVISORY_LOCK, WAITS, borrowed, folder, set, small, until, value,
};

#[tokio::test]
async fn eight_processes_on_an_empty_database() {
    let db = Db::new().await;
    let mut files = small(20);
    files.push(("0021_slow.sql".to_owned(), "SELECT pg_sleep(0.3); CREATE TABLE slow (id int);".to_owned()));
    let folder = folder(&borrowed(&files));
    assert_eq!(race(folder.path(), &db.url, 8).await, (1..=21).collect::<Vec<i64>>());
    assert_eq!(db.value("SELECT count(*) FROM schema_migrations").await, "21");
    assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
}

#[tokio::test]
async fn eight_processes_and_an_index_that_is_built_concurrently() {
    let db = Db::new().await;
    let folder = folder(&[
        ("0001_t.sql", "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 50000);"),
        ("0002_idx.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY t_id_idx ON t (id);"),
        ("0003_u.sql", "CREATE TABLE u (id int);"),
        (
            "0004_more.sql",
            "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY u_id_idx ON u (id);\nVACUUM t;",
        ),
    ]);
    assert_eq!(race(folder.path(), &db.url, 8).await, [1, 2, 3, 4]);
    assert_eq!(db.value(INVALID_INDEXES).await, "0");
    assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
}

#[tokio::test]
async fn two_tasks_of_one_process() {
    let db = Db::new().await;
    let files = small(30);
    let set = set(&borrowed(&files));
    let (mut one, mut other) = (db.connect().await, db.connect().await);
    let (one, other) = tokio::join!(set.run(&mut one), set.run(&mut other));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.applied().len() + other.applied().len(), 30);
    assert_eq!((one.current(), other.current()), (Some("0030_t30"), Some("0030_t30")));
    assert_eq!(db.value(HISTORY).await.split(',').count(), 30);
}

/// A warm session, which has been told that there is no such table, hears of no commit between its lock and its question.
#[tokio::test]
async fn creation_sees_table_behind_stale_cache() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    for runner in [Runner::new(&set), Runner::new(&set).history_table("ops \"x", "mi\\g").unwrap()] {
        let mut late = db.connect().await;
        let preview = runner.preview(&mut late).await.unwrap();
        let (guards, _) = preview.messages()[0].sql().split_once("SET LOCAL search_path").unwrap();
        let (begin, guards) = guards.split_once(";\n").unwrap();
        let ask = "SELECT to_regclass('schema_migrations'), to_regclass('\"ops \"\"x\".\"mi\\g\"')";
        for _ in 0..2 {
            late.batch_execute(&format!("{begin}; {ask}; {guards}; ROLLBACK")).await.unwrap();
        }
        late.batch_execute(begin).await.unwrap();
        runner.run(&mut db.connect().await).await.unwrap();
        assert_eq!(value(&late, "SELECT to_regclass('schema_migrations') IS NULL").await, "t");
        let error = late.batch_execute(guards).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INVALID_TEXT_REPRESENTATION), "{error}");
        db.execute("DROP TABLE a; DROP TABLE IF EXISTS schema_migrations, schema_migrations_log").await;
    }
}

/// A process with another kind of lock creates the history between the guard and the creation: 42P07 means that the history
/// is to be read again. Where there is nothing to read, the name is taken.
#[tokio::test]
async fn history_created_meanwhile_is_read_again() {
    let db = Db::new().await;
    let late = set(&[("0001_a.sql", "CREATE TABLE a (id int);"), ("0002_b.sql", "CREATE TABLE b (id int);")]);
    let alone = set(&[("0001_a.sql", "-- migrate: no-transaction\nVACUUM pg_aggregate;")]);
    for (set, recorded) in [(&late, "1,2"), (&alone, "1")] {
        let gate = db.connect().await;
        gate.batch_execute(
            "DROP TABLE IF EXISTS gate, a, b, schema_migrations, schema_migrations_log; CREATE TABLE gate (); \
             CREATE OR REPLACE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF current_setting('application_name') = 'late' THEN LOCK TABLE public.gate; END IF; END $$; \
             CREATE EVENT TRIGGER wait ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION wait()",
        )
        .await
        .unwrap();
        gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
        let mut client = db.connect().await;
        client.batch_execute("SET application_name = 'late'").await.unwrap();
        let runner = Runner::new(set).lock_timeout(None);
        let other = async {
            until(&db.connect().await, WAITS).await;
            Runner::new(set).row_lock().run(&mut db.connect().await).await.unwrap();
            gate.batch_execute("COMMIT").await.unwrap();
        };
        let (report, ()) = tokio::join!(runner.run(&mut client), other);
        assert_eq!(report.unwrap().applied().len(), 0);
        assert_eq!(db.value(HISTORY).await, recorded);
        db.execute("DROP EVENT TRIGGER wait").await;
    }
    db.execute("DROP TABLE schema_migrations").await;
    let error = alone.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!(error.code().to_string(), "M0523", "{error}");
}

/// A run is held up in the middle of a migration; another one passes meanwhile.
async fn passes(held_up: &Db, elsewhere: &Db, table: &str) {
    let gate = held_up.connect().await;
    gate.batch_execute("CREATE TABLE gate ()").await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let waiting = set(&[("0001_a.sql", "SET LOCAL lock_timeout = 0; LOCK TABLE gate;")]);
    let passing = set(&[("0001_b.sql", "CREATE TABLE b (id int);")]);
    let other = async {
        until(&held_up.connect().await, WAITS).await;
        let runner = Runner::new(&passing).history_table("public", table).unwrap();
        let report = runner.run(&mut elsewhere.connect().await).await.unwrap();
        assert_eq!(report.applied().len(), 1);
        // Only now, when the one is at its end, the other gets on.
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let mut client = held_up.connect().await;
    let (report, ()) = tokio::join!(waiting.run(&mut client), other);
    assert_eq!(report.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn two_history_tables_of_one_database_do_not_wait_for_each_other() {
    let db = Db::new().await;
    passes(&db, &db, "another").await;
}

#[tokio::test]
async fn two_databases_of_one_server_do_not_wait_for_each_other() {
    passes(&Db::new().await, &Db::new().await, "schema_migrations").await;
}
