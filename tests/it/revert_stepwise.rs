//! Downs without a transaction: statement by statement, with the progress on record, and others who come by meanwhile.

use migrate_runtime::{Runner, State};

use crate::support::{Db, LOG, ROWS, TABLES, WAITS, pairs, set_of, stems, until, value, with};

/// A table, and on it what `CREATE INDEX CONCURRENTLY` makes and this down takes away again.
fn files(down: &str) -> Vec<(String, String)> {
    let up =
        "-- migrate: no-transaction\nALTER TABLE t1 ADD a int;\nCREATE INDEX CONCURRENTLY t1_a ON t1 (a);";
    let down = format!("-- migrate: no-transaction\n{down}");
    with(&pairs(1), &[("0002_idx.up.sql", up), ("0002_idx.down.sql", &down)])
}

const DOWN: &str = "DROP INDEX CONCURRENTLY t1_a;\nALTER TABLE t1 DROP a;";
const COLUMNS: &str = "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute \
                       WHERE attrelid = 't1'::regclass AND attnum > 0 AND NOT attisdropped";

#[tokio::test]
async fn there_and_back() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&files(DOWN));
    for _ in 0..2 {
        set.run(&mut client).await.unwrap();
        assert_eq!(value(&client, COLUMNS).await, "id,a");
        let report = Runner::new(&set).revert(&mut client, 1).await.unwrap();
        assert_eq!((stems(report.reverted()), report.current()), (vec!["0002_idx"], Some("0001_t1")));
        assert_eq!(
            (value(&client, ROWS).await, value(&client, COLUMNS).await),
            ("1 applied".into(), "id".into())
        );
    }
    let report = Runner::new(&set).revert_to(&mut client, 0).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0001_t1"]);
    assert_eq!(
        value(&client, LOG).await,
        "apply 1 done, apply 2 done, revert 2 done, apply 2 done, revert 2 done, revert 1 done"
    );
}

#[tokio::test]
async fn one_that_fails_goes_on_there_after_it_was_corrected() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let broken =
        set_of(&files("DROP INDEX CONCURRENTLY t1_a;\nALTER TABLE t1 DROP nothing;\nALTER TABLE t1 DROP a;"));
    broken.run(&mut client).await.unwrap();

    let error = Runner::new(&broken).revert_to(&mut client, 0).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate(), error.position()), (Some(2), Some("42703"), Some((3, 1))));
    let full = format!("{error:#}");
    assert!(
        full.contains("1 statement of 0002_idx done, which stay; the next revert continues after them"),
        "{full}"
    );
    assert!(error.report().reverted().is_empty());
    assert_eq!(error.report().current(), Some("0002_idx"));
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 reverting");

    let status = broken.status(&mut client).await.unwrap();
    assert_eq!(status.migrations()[1].state(), State::Reverting);
    let note = status.migrations()[1].note().unwrap();
    assert!(note.starts_with("at statement 2 of its down: ") && note.contains("(42703)"), "{note}");
    assert!(!status.is_current());

    // Nobody goes forward from here, and nobody may pass over it.
    let error = Runner::new(&broken).allow_changed(..).allow_missing(..).run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("0002_idx.up.sql is half reverted"), "{error}");
    assert!(error.to_string().contains("revert it once more, to the end"), "{error}");
    let error = Runner::new(&broken).skip(&mut client, 2).await.unwrap_err();
    assert!(error.to_string().contains("its down has been begun"), "{error}");

    // What is done may not be edited, what is to come may.
    let edited = set_of(&files("DROP INDEX t1_a;\nALTER TABLE t1 DROP a;"));
    let error = Runner::new(&edited).revert(&mut client, 1).await.unwrap_err();
    assert!(error.is_irreversible(), "{error}");
    assert!(
        error.to_string().contains("what is done of its down, 1 statement, was edited since: restore that"),
        "{error}"
    );
    let shorter = set_of(&files("SELECT 1;"));
    assert!(Runner::new(&shorter).revert(&mut client, 1).await.unwrap_err().is_irreversible());
    let report = Runner::new(&set_of(&files(DOWN))).revert(&mut client, 1).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0002_idx"]);
    assert_eq!(
        (value(&client, ROWS).await, value(&client, COLUMNS).await),
        ("1 applied".into(), "id".into())
    );
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done, revert 2 failed, revert 2 done");
}

#[tokio::test]
async fn the_down_that_is_stored_is_that_of_the_run_that_finished() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let up = "-- migrate: no-transaction\nALTER TABLE t1 ADD a int;\nVACUUM t1;";
    let broken =
        with(&files("SELECT 1/0;"), &[("0002_idx.up.sql", &up.replace("VACUUM t1", "VACUUM nowhere"))]);
    Runner::new(&set_of(&broken)).store_downs(true).run(&mut client).await.unwrap_err();
    let mended = with(&files("ALTER TABLE t1 DROP a;"), &[("0002_idx.up.sql", up)]);
    Runner::new(&set_of(&mended)).store_downs(true).run(&mut client).await.unwrap();
    Runner::new(&set_of(&pairs(1))).revert(&mut client, 1).await.unwrap();
    assert_eq!(
        (value(&client, ROWS).await, value(&client, COLUMNS).await),
        ("1 applied".into(), "id".into())
    );
}

#[tokio::test]
async fn one_that_is_half_reverted_and_renamed_is_not_passed_over() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let broken = set_of(&files("ALTER TABLE t1 DROP nothing;"));
    broken.run(&mut client).await.unwrap();
    Runner::new(&broken).revert(&mut client, 1).await.unwrap_err();
    let renamed: Vec<_> =
        files(DOWN).into_iter().map(|(name, text)| (name.replace("_idx", "_other"), text)).collect();
    let more = with(&renamed, &[("0003_t3.sql", "CREATE TABLE t3 ();")]);
    let error = Runner::new(&set_of(&more)).allow_changed(..).run(&mut client).await.unwrap_err();
    assert!(error.is_changed(), "{error}");
    assert_eq!(value(&client, TABLES).await, "t1");
}

/// The second statement waits for a transaction that uses the index.
async fn check_cut(terminate: bool) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&files(
        "CREATE TABLE u ();\nDROP INDEX CONCURRENTLY t1_a;\nDROP TABLE u;\nALTER TABLE t1 DROP a;",
    ));
    set.run(&mut client).await.unwrap();
    let (watcher, gate) = (db.connect().await, db.connect().await);
    gate.batch_execute("BEGIN; SELECT a FROM t1").await.unwrap();
    let runner = Runner::new(&set);
    let mut cut = db.connect().await;
    if terminate {
        let terminate = async {
            until(&watcher, WAITS).await;
            let note =
                set.status(&mut db.connect().await).await.unwrap().migrations()[1].note().unwrap().to_owned();
            assert!(
                note.starts_with("by backend ") && note.ends_with(", at statement 2 of its down"),
                "{note}"
            );
            let pid = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
            assert_eq!(value(&watcher, pid).await, "t");
        };
        let (error, ()) = tokio::join!(runner.revert(&mut cut, 1), terminate);
        assert_eq!(error.unwrap_err().version(), Some(2));
        gate.batch_execute("COMMIT").await.unwrap();
    } else {
        tokio::select! {
            _ = runner.revert(&mut cut, 1) => panic!("the index is in use"),
            () = until(&watcher, WAITS) => {}
        }
        gate.batch_execute("COMMIT").await.unwrap();
        // The server finishes what it is at; nobody records it.
        until(&watcher, "SELECT to_regclass('t1_a') IS NULL").await;
    }
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 reverting");
    let report = runner.revert(&mut client, 1).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0002_idx"]);
    assert_eq!(
        (value(&client, ROWS).await, value(&client, COLUMNS).await),
        ("1 applied".into(), "id".into())
    );
    assert_eq!(value(&client, TABLES).await, "t1");
}

#[tokio::test]
async fn one_whose_backend_was_terminated_goes_on_there() {
    check_cut(true).await;
}

#[tokio::test]
async fn one_whose_future_was_dropped_goes_on_after_what_the_server_finished() {
    check_cut(false).await;
}
