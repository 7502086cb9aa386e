//! Who reverts while others revert, or run: each migration goes once, and nobody fails. Without a lock timeout: one that
//! strikes while the test holds a migration up would give its claim back for the pause before the next attempt.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use migrate_runtime::{BoxError, Hooks, Plan, Runner};

use crate::support::{Db, LOG, ONE_ASKS, ROWS, TABLES, WAITS, pairs, set, set_of, stems, until, value, with};

/// The newest has no transaction, and its down, like its up, needs the table `gate`.
fn stepwise() -> Vec<(String, String)> {
    let up = "-- migrate: no-transaction\nLOCK TABLE gate;\nCREATE TABLE t3 ();\nVACUUM t3;";
    let down = "-- migrate: no-transaction\nLOCK TABLE gate;\nDROP TABLE t3;\nVACUUM t1;";
    with(&pairs(2), &[("0003_t3.up.sql", up), ("0003_t3.down.sql", down)])
}

/// One session has read the history, or asked whose claims live, and not gone on.
const ONE_HAS_READ: &str = "SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'idle' AND datname = current_database() \
                            AND (query LIKE 'SELECT pg_catalog.transaction_timestamp()%' OR query LIKE '%AS history WHERE claim IS NOT NULL')";

const ONE_WORKS: &str = "SELECT count(*) = 1 FROM schema_migrations WHERE state IN ('running', 'reverting') AND claim IS NOT NULL";

#[tokio::test]
async fn two_that_revert_one_revert_one() {
    let db = Db::new().await;
    let set = set_of(&pairs(3));
    let runner = Runner::new(&set).lock_timeout(None);
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    runner.run(&mut one).await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE t3").await.unwrap();
    let release = async {
        let watcher = db.connect().await;
        until(&watcher, WAITS).await;
        until(&watcher, ONE_ASKS).await;
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let (one, other, ()) = tokio::join!(runner.revert(&mut one, 1), runner.revert(&mut other, 1), release);
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.reverted().len() + other.reverted().len(), 1);
    assert_eq!((one.current(), other.current()), (Some("0002_t2"), Some("0002_t2")));
    assert_eq!(db.value(ROWS).await, "1 applied, 2 applied");
    assert_eq!(db.value(LOG).await, "apply 1 done, apply 2 done, apply 3 done, revert 3 done");
}

#[tokio::test]
async fn two_that_revert_one_without_a_transaction() {
    let db = Db::new().await;
    let set = set_of(&stepwise());
    let runner = Runner::new(&set).lock_timeout(None);
    db.execute("CREATE TABLE gate ()").await;
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    runner.run(&mut one).await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let watcher = db.connect().await;
    let late = async {
        until(&watcher, ONE_WORKS).await;
        let (result, ()) = tokio::join!(runner.revert(&mut other, 1), async {
            until(&watcher, ONE_HAS_READ).await;
            gate.batch_execute("COMMIT").await.unwrap();
        });
        result
    };
    let (one, other) = tokio::join!(runner.revert(&mut one, 1), late);
    assert_eq!(one.unwrap().reverted().len() + other.unwrap().reverted().len(), 1);
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 applied");
}

#[tokio::test]
async fn a_revert_during_a_run_reverts_the_newest_and_not_all_that_the_run_applies() {
    let db = Db::new().await;
    let (first, all) = (set_of(&pairs(2)), set_of(&pairs(5)));
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    first.run(&mut one).await.unwrap();
    // The run waits where it writes the row of the fourth, and holds the lock of the history.
    gate.batch_execute("BEGIN; CREATE TABLE t4 ()").await.unwrap();
    let watcher = db.connect().await;
    let runner = Runner::new(&all);
    let late = async {
        until(&watcher, WAITS).await;
        let (result, ()) = tokio::join!(runner.revert(&mut other, 1), async {
            until(&watcher, ONE_ASKS).await;
            gate.batch_execute("ROLLBACK").await.unwrap();
        });
        result
    };
    let (run, revert) = tokio::join!(runner.run(&mut one), late);
    assert_eq!(run.unwrap().applied().len(), 3);
    let revert = revert.unwrap();
    assert_eq!((stems(revert.reverted()), revert.current()), (vec!["0005_t5"], Some("0004_t4")));
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 applied, 3 applied, 4 applied");
}

#[tokio::test]
async fn a_revert_during_a_run_without_a_transaction_waits_for_it() {
    let db = Db::new().await;
    let set = set_of(&stepwise());
    let runner = Runner::new(&set).lock_timeout(None);
    db.execute("CREATE TABLE gate ()").await;
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let watcher = db.connect().await;
    let late = async {
        until(&watcher, "SELECT to_regclass('schema_migrations') IS NOT NULL").await;
        until(&watcher, ONE_WORKS).await;
        let (result, ()) = tokio::join!(runner.revert(&mut other, 1), async {
            until(&watcher, ONE_HAS_READ).await;
            gate.batch_execute("COMMIT").await.unwrap();
        });
        result
    };
    let (run, revert) = tokio::join!(runner.run(&mut one), late);
    assert_eq!(run.unwrap().applied().len(), 3);
    assert_eq!(stems(revert.unwrap().reverted()), ["0003_t3"]);
    assert_eq!(
        (value(&watcher, ROWS).await, value(&watcher, TABLES).await),
        ("1 applied, 2 applied".into(), "gate,t1,t2".into())
    );
}

#[tokio::test]
async fn a_run_during_a_revert_without_a_transaction_waits_for_it() {
    let db = Db::new().await;
    let set = set_of(&stepwise());
    let runner = Runner::new(&set).lock_timeout(None);
    db.execute("CREATE TABLE gate ()").await;
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    runner.run(&mut one).await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let mut watcher = db.connect().await;
    let late = async {
        until(&watcher, ONE_WORKS).await;
        assert!(!runner.plan(&mut watcher).await.unwrap().is_empty());
        let (result, ()) = tokio::join!(runner.run(&mut other), async {
            until(&watcher, ONE_HAS_READ).await;
            gate.batch_execute("COMMIT").await.unwrap();
        });
        result
    };
    let (revert, run) = tokio::join!(runner.revert(&mut one, 1), late);
    assert_eq!(revert.unwrap().reverted().len(), 1);
    assert_eq!(stems(run.unwrap().applied()), ["0003_t3"]);
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 applied, 3 applied");
}

/// Holds a run between what it has read and what it does.
struct Held {
    has_read: Sender<()>,
    may_go_on: Mutex<Receiver<()>>,
}

impl Hooks for Held {
    fn before_run(&self, _: &Plan<'_>) -> Result<(), BoxError> {
        // The second time nobody listens any more.
        let _ = self.has_read.send(());
        let _ = self.may_go_on.lock().unwrap().recv();
        Ok(())
    }
}

#[tokio::test]
async fn a_newer_migration_is_not_applied_on_top_of_one_that_is_being_reverted() {
    let db = Db::new().await;
    let older = set(&[
        ("0001_t1.up.sql", "CREATE TABLE t1 ();"),
        ("0001_t1.down.sql", "-- migrate: no-transaction\nLOCK TABLE gate;\nDROP TABLE t1;"),
    ]);
    let newer = set(&[("0001_t1.up.sql", "CREATE TABLE t1 ();"), ("0002_t2.sql", "CREATE TABLE t2 ();")]);
    db.execute("CREATE TABLE gate ()").await;
    let (mut client, gate, watcher) = (db.connect().await, db.connect().await, db.connect().await);
    older.run(&mut client).await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();

    let (has_read, read) = channel();
    let (go_on, may_go_on) = channel();
    let url = db.url.clone();
    let run = std::thread::spawn(move || {
        let held = Held { has_read, may_go_on: Mutex::new(may_go_on) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let report = runtime.block_on(Runner::new(&newer).hooks(&held).run_url(&url)).unwrap();
        report.applied().len()
    });
    let late = async {
        tokio::task::spawn_blocking(move || read.recv()).await.unwrap().unwrap();
        let reverted = async { Runner::new(&older).lock_timeout(None).revert(&mut client, 1).await.unwrap() };
        let meanwhile = async {
            until(&watcher, WAITS).await;
            drop(go_on);
            // The run has found out, and asks whether the other one is still at it.
            until(&watcher, "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT version, EXISTS (SELECT FROM pg_catalog.pg_stat_activity%' AND pid <> pg_backend_pid()").await;
            gate.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(reverted, meanwhile).0
    };
    assert_eq!(late.await.reverted().len(), 1);
    let applied = tokio::task::spawn_blocking(move || run.join().unwrap()).await.unwrap();
    assert_eq!(applied, 2);
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 applied");
}
