//! Each statement in a transaction of its own, as for a server that does not roll back DDL: what is done is recorded, and
//! a run after a failure or a kill goes on behind it.

use migrate_runtime::{MigrationSet, Runner, State};

use crate::processes::migrator;
use crate::support::{Db, LOG, ROWS, TABLES, WAITS, borrowed, folder, set, small, until};

const FILES: [(&str, &str); 4] = [
    ("0001_ab.up.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id int);"),
    ("0001_ab.down.sql", "DROP TABLE b;\nDROP TABLE a;"),
    (
        "0002_cd.up.sql",
        "CREATE TABLE c (id int);\nCREATE TABLE gate_keeper AS SELECT 1 / n FROM gate;\nCREATE TABLE d (id int);",
    ),
    ("0002_cd.down.sql", "DROP TABLE d;\nDROP TABLE gate_keeper;\nDROP TABLE c;"),
];

fn by_statement(set: &MigrationSet) -> Runner<'_> {
    Runner::new(set).statement_by_statement()
}

#[tokio::test]
async fn what_is_done_stays_and_the_rest_is_done_by_the_next_run() {
    let db = Db::new().await;
    db.execute("CREATE TABLE gate AS SELECT 0 AS n").await;
    let (set, mut client) = (set(&FILES), db.connect().await);
    let error = by_statement(&set).run(&mut client).await.unwrap_err();
    assert_eq!(error.position(), Some((2, 1)), "{error}");
    assert!(format!("{error:#}").contains("1 statement of 0002_cd done, which stay"), "{error:#}");
    assert_eq!(db.value(TABLES).await, "a,b,c,gate");
    assert_eq!(db.value(ROWS).await, "1 applied, 2 failed");
    let status = by_statement(&set).status(&mut client).await.unwrap();
    assert_eq!(status.migrations()[1].state(), State::Failed, "{status}");
    assert!(by_statement(&set).repairs(&mut client).await.unwrap().is_empty());
    // Who has transactions does not go on with it.
    let error = Runner::new(&set).run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("was begun without a transaction"), "{error}");

    db.execute("UPDATE gate SET n = 1").await;
    assert_eq!(by_statement(&set).run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(db.value(TABLES).await, "a,b,c,d,gate,gate_keeper");
    assert_eq!(by_statement(&set).revert_to(&mut client, 0).await.unwrap().reverted().len(), 2);
    assert_eq!(db.value(TABLES).await, "gate");
    assert_eq!(
        db.value(LOG).await,
        "apply 1 done, apply 2 failed, apply 2 done, revert 2 done, revert 1 done"
    );
}

#[tokio::test]
async fn a_process_that_is_killed_in_the_middle() {
    let db = Db::new().await;
    db.execute("CREATE TABLE gate (n int)").await;
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let files =
        [&FILES[..], &[("migrate.toml", "transaction = \"statement\"\nlock-timeout = \"0s\"\n")]].concat();
    let folder = folder(&files);
    let mut process = migrator(folder.path(), &db.url).spawn().unwrap();
    until(&db.connect().await, WAITS).await;
    process.kill().await.unwrap();
    // The server may finish what it was at, and then it is recorded.
    gate.batch_execute("COMMIT").await.unwrap();
    assert_eq!(crate::processes::race(folder.path(), &db.url, 4).await, [2]);
    assert_eq!(db.value(TABLES).await, "a,b,c,d,gate,gate_keeper");
}

#[tokio::test]
async fn many_at_once_and_the_row_lock() {
    let db = Db::new().await;
    let mut files = small(8);
    files.push(("R_v.sql".to_owned(), "CREATE OR REPLACE VIEW v AS SELECT 1".to_owned()));
    files.push(("migrate.toml".to_owned(), "transaction = \"statement\"\nlock = \"row\"\n".to_owned()));
    let folder = folder(&borrowed(&files));
    let applied = crate::processes::race(folder.path(), &db.url, 6).await;
    assert_eq!(applied, (0..=8).collect::<Vec<i64>>());
}
