//! Many at once: each migration is applied once, everybody ends well, no lock is left behind.

use crate::processes::race;
use crate::support::{Db, HISTORY, INVALID_INDEXES, NO_ADVISORY_LOCK, borrowed, folder, set, small};

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

#[tokio::test]
async fn two_history_tables_do_not_wait_for_each_other() {
    let db = Db::new().await;
    let set_a = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    // While this session holds the lock of one history table, a run on the other must not notice.
    let mut client = db.connect().await;
    let runner = migrate_runtime::Runner::new(&set_a);
    runner.clone().history_table("public", "first").unwrap().run(&mut client).await.unwrap();
    client.batch_execute("BEGIN; DROP TABLE a; LOCK TABLE first").await.unwrap();
    let elsewhere = set(&[("0001_b.sql", "CREATE TABLE b (id int);")]);
    let runner = migrate_runtime::Runner::new(&elsewhere).history_table("public", "second").unwrap();
    let report = runner.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.applied().len(), 1);
    client.batch_execute("ROLLBACK").await.unwrap();
}
