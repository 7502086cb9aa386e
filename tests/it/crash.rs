//! A run that is broken off in the middle of a migration, by a kill or a terminated backend: what is there then, what is
//! said, and that running again ends in the right state. `kills` and `cuts` do the same anywhere, `cancel` drops futures.

use migrate_runtime::tokio_postgres::Client;
use tempfile::TempDir;

use crate::processes::migrator;
use crate::support::{Db, HISTORY, WAITS, folder, set, until, value};

/// The second waits for a lock that the test holds, so that the cut comes in the middle of it.
const FILES: [(&str, &str); 3] = [
    ("0001_log.sql", "CREATE TABLE log (n int); CREATE TABLE gate (); INSERT INTO log VALUES (1);"),
    (
        "0002_slow.sql",
        "SET LOCAL lock_timeout = 0; INSERT INTO log VALUES (2); LOCK TABLE gate; INSERT INTO log VALUES (22);",
    ),
    ("0003_last.sql", "INSERT INTO log VALUES (3);"),
];
const LOG: &str = "SELECT string_agg(n::text, ',' ORDER BY n) FROM log";
/// Only the gate and the watcher.
const NOBODY_ELSE: &str = "SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'";

/// A database at the first migration, whose second cannot pass.
struct Scene {
    db: Db,
    /// Holds the lock.
    gate: Client,
    /// Looks on: inside a transaction, `pg_stat_activity` stays as it was when it was first asked.
    watcher: Client,
    folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let db = Db::new().await;
        set(&FILES[..1]).run(&mut db.connect().await).await.unwrap();
        let gate = db.connect().await;
        gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
        let watcher = db.connect().await;
        Self { db, gate, watcher, folder: folder(&FILES) }
    }
}

#[tokio::test]
async fn a_process_that_is_killed_in_the_middle_of_a_migration() {
    let Scene { db, gate, watcher, folder } = Scene::new().await;
    let mut child = migrator(folder.path(), &db.url).spawn().unwrap();
    until(&watcher, WAITS).await;
    child.kill().await.unwrap();
    assert_eq!(value(&watcher, HISTORY).await, "1");
    // The server notices the cut only when it has something to say: it goes on, and what it commits is recorded.
    gate.batch_execute("COMMIT").await.unwrap();
    until(&watcher, NOBODY_ELSE).await;

    let again = migrator(folder.path(), &db.url).output().await.unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(value(&watcher, HISTORY).await, "1,2,3");
    assert_eq!(value(&watcher, LOG).await, "1,2,3,22");
}

#[tokio::test]
async fn a_backend_that_is_terminated_in_the_middle_of_a_migration() {
    let Scene { db, gate, watcher, folder } = Scene::new().await;
    let child = migrator(folder.path(), &db.url).spawn().unwrap();
    until(&watcher, WAITS).await;
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                     AND datname = current_database()";
    assert_eq!(value(&watcher, terminate).await, "t");
    let output = child.wait_with_output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(stderr.contains("0002_slow.sql:1:") && stderr.contains("(57P01)"), "{stderr}");
    assert!(stderr.contains("nothing of 0002_slow was applied"), "{stderr}");
    assert_eq!(value(&watcher, HISTORY).await, "1");
    assert_eq!(value(&watcher, LOG).await, "1");

    gate.batch_execute("COMMIT").await.unwrap();
    let again = migrator(folder.path(), &db.url).output().await.unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(value(&watcher, HISTORY).await, "1,2,3");
    assert_eq!(value(&watcher, LOG).await, "1,2,3,22");
}
