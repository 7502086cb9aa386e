//! Many at once: each migration is applied once, everybody ends well, no lock is left behind.

use migrate_runtime::Runner;

use crate::processes::race;
use crate::support::{
    Db, HISTORY, INVALID_INDEXES, NO_ADVISORY_LOCK, WAITS, borrowed, folder, set, small, until,
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
