//! Lock-queue safety: a migration gives up its place in the queue, and gets there in the end.

use std::time::Duration;

use migrate_runtime::Runner;

use crate::support::{Db, HISTORY, set, until};

#[tokio::test]
async fn a_migration_that_runs_into_the_lock_timeout_is_tried_again_whole() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let first = ("0001_t.sql", "CREATE TABLE t (id int); CREATE TABLE log (n int);");
    set(&[first]).run(&mut client).await.unwrap();

    let reader = db.connect().await;
    reader.batch_execute("BEGIN; SELECT * FROM t").await.unwrap();
    let set =
        set(&[first, ("0002_add.sql", "INSERT INTO log VALUES (1); ALTER TABLE t ADD COLUMN name text;")]);
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(50));
    let release = async {
        let watcher = db.connect().await;
        // The first attempt waits, and gives up.
        let waits = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        until(&watcher, waits).await;
        until(&watcher, "SELECT count(*) = 0 FROM pg_locks WHERE NOT granted").await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run(&mut client), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(db.value("SELECT count(*) FROM log").await, "1");
}

#[tokio::test]
async fn settings_of_one_migration_do_not_limit_the_statement_of_the_next_run() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&[("0001_slow.sql", "SELECT pg_sleep(5);")]);
    let error =
        Runner::new(&set).statement_timeout(Duration::from_millis(50)).run(&mut client).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("57014"));
    assert!(error.to_string().contains("allow a longer statement_timeout"), "{error}");
    // No session state: the same connection has no limit of ours.
    assert_eq!(crate::support::value(&client, "SHOW statement_timeout").await, "0");
    assert_eq!(crate::support::value(&client, "SHOW lock_timeout").await, "0");
}
