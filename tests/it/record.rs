//! What is recorded without running: a baseline, and what is skipped.

use migrate_runtime::{Runner, State};

use crate::support::{Db, LOG, ROWS, TABLES, WAITS, pairs, set, set_of, stems, until, value, with};

#[tokio::test]
async fn a_baseline_for_a_database_that_has_its_schema() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&with(&pairs(3), &[("R_view.sql", "CREATE VIEW v AS SELECT 1 AS one;")]));
    db.execute("CREATE TABLE t1 (id int PRIMARY KEY); CREATE TABLE t2 (id int PRIMARY KEY)").await;

    let report = Runner::new(&set).baseline(&mut client, 2).await.unwrap();
    assert_eq!(report.recorded(), ["0001_t1", "0002_t2"]);
    assert_eq!((report.applied().len(), report.current()), (0, Some("0002_t2")));
    assert_eq!(
        report.to_string(),
        "recorded without running: 0001_t1, 0002_t2; not checked against the schema\nthe database is at 0002_t2"
    );
    // A repeatable migration is not recorded: the database may have an older one.
    assert_eq!(value(&client, ROWS).await, "1 baseline, 2 baseline");
    let status = set.status(&mut client).await.unwrap();
    assert_eq!(status.migrations()[0].state(), State::Baseline);
    assert!(status.migrations()[0].applied_at().is_some());

    let report = set.run(&mut client).await.unwrap();
    assert_eq!((stems(report.applied()), report.already_applied()), (vec!["0003_t3", "R_view"], 2));
    assert!(set.status(&mut client).await.unwrap().is_current());
    assert_eq!(value(&client, LOG).await, "baseline 1 done, baseline 2 done, apply 3 done, apply view done");
}

#[tokio::test]
async fn a_baseline_runs_nothing_also_on_an_empty_database() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(2));
    Runner::new(&set).baseline(&mut client, 2).await.unwrap();
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
    assert_eq!(value(&client, TABLES).await, "");
}

#[tokio::test]
async fn a_baseline_where_the_history_is_empty_and_where_it_is_not() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&with(&pairs(3), &[("R_view.sql", "CREATE VIEW v AS SELECT 1 AS one;")]));
    let runner = Runner::new(&set);
    let error = runner.baseline(&mut client, 4).await.unwrap_err();
    assert!(error.to_string().starts_with("4 is not a version in migrations"), "{error}");
    assert_eq!(value(&client, "SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    // The table is left from a run that failed, or that was reverted.
    runner.clone().target(1).run(&mut client).await.unwrap();
    runner.revert(&mut client, 1).await.unwrap();
    runner.baseline(&mut client, 1).await.unwrap();
    for rows in ["1 baseline", "view applied"] {
        let error = runner.baseline(&mut client, 2).await.unwrap_err();
        assert!(
            error.to_string().contains("has a history already, in \"public\".\"schema_migrations\""),
            "{error}"
        );
        assert_eq!(value(&client, ROWS).await, rows);
        db.execute(
            "UPDATE schema_migrations SET version = 0, description = 'view', state = 'applied' WHERE version = 1",
        )
        .await;
    }
}

#[tokio::test]
async fn two_baselines_at_once() {
    let db = Db::new().await;
    let set = set_of(&pairs(3));
    let runner = Runner::new(&set);
    let (mut one, mut other) = (db.connect().await, db.connect().await);
    let (one, other) = tokio::join!(runner.baseline(&mut one, 2), runner.baseline(&mut other, 3));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let rows = if one.is_ok() { "1 baseline, 2 baseline" } else { "1 baseline, 2 baseline, 3 baseline" };
    assert_eq!(db.value(ROWS).await, rows);
}

/// Skips a version on a database that has these rows. The rows afterwards, or what the error says.
async fn check_skip(
    applied: &[(&str, &str)],
    files: &[(&str, &str)],
    version: i64,
    expected: Result<&str, &str>,
) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let has_history = !applied.is_empty();
    if has_history {
        let _ = set(applied).run(&mut client).await;
    }
    let before = if has_history { value(&client, ROWS).await } else { String::new() };
    let set = set(files);
    match (Runner::new(&set).skip(&mut client, version).await, expected) {
        (Ok(report), Ok(rows)) => {
            let stem =
                set.iter().find(|migration| migration.version() == version).map(|migration| migration.stem());
            assert_eq!(report.recorded(), [stem.unwrap()]);
            assert_eq!(value(&client, ROWS).await, rows);
            assert!(value(&client, LOG).await.ends_with(&format!("skip {version} done")));
        }
        (Err(error), Err(message)) => {
            assert!(error.to_string().contains(message), "{error}");
            let has_table = value(&client, "SELECT to_regclass('schema_migrations') IS NOT NULL").await;
            assert_eq!(has_table == "t", has_history);
            assert!(!has_history || value(&client, ROWS).await == before);
        }
        (result, expected) => panic!("{result:?} instead of {expected:?}"),
    }
}

const A: (&str, &str) = ("0001_a.sql", "CREATE TABLE a ();");
const B: (&str, &str) = ("0002_b.sql", "CREATE TABLE b ();");
const C: (&str, &str) = ("0003_c.sql", "CREATE TABLE c ();");
const A_EDITED: (&str, &str) = ("0001_a.sql", "CREATE TABLE a (id int);");
const B_FAILS: (&str, &str) =
    ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b ();\nVACUUM nowhere;");
const B_START_EDITED: (&str, &str) =
    ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b (id int);\nVACUUM b;");

#[tokio::test]
async fn what_can_be_skipped() {
    let old = ("20240101000000_a.sql", A.1);
    let (new, between) = (("20240103000000_c.sql", C.1), ("20240102000000_b.sql", B.1));
    check_skip(&[A], &[A, B, C], 2, Ok("1 applied, 2 skipped")).await;
    check_skip(&[], &[A, B], 1, Ok("1 skipped")).await;
    let rows = "20240101000000 applied, 20240102000000 skipped, 20240103000000 applied";
    check_skip(&[old, new], &[old, between, new], 20_240_102_000_000, Ok(rows)).await;
    // Half-way, whatever became of the file.
    check_skip(&[A, B_FAILS], &[A, B_FAILS], 2, Ok("1 applied, 2 skipped")).await;
    check_skip(&[A, B_FAILS], &[A, B_START_EDITED, C], 2, Ok("1 applied, 2 skipped")).await;
    check_skip(&[A, B_FAILS], &[A, B], 2, Ok("1 applied, 2 skipped")).await;
    // What contradicts before it is not pending.
    check_skip(&[A], &[A_EDITED, B], 2, Ok("1 applied, 2 skipped")).await;
}

#[tokio::test]
async fn what_cannot_be_skipped() {
    check_skip(&[A], &[A, B, C], 3, Err("others that come before it are not applied")).await;
    check_skip(&[], &[A, B], 2, Err("others that come before it are not applied")).await;
    check_skip(&[A, B_FAILS], &[A, B_FAILS, C], 3, Err("others that come before it are not applied")).await;
    check_skip(&[A], &[A, B], 1, Err("version 1 cannot be skipped: the history has it already")).await;
    check_skip(&[A], &[A_EDITED, B], 1, Err("the history has it already")).await;
    check_skip(&[A], &[A, B], 3, Err("3 is not a version in migrations")).await;
}

#[tokio::test]
async fn what_was_skipped_counts_as_applied() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&[A, B, C]);
    let runner = Runner::new(&set);
    runner.clone().target(1).run(&mut client).await.unwrap();
    let report = runner.skip(&mut client, 2).await.unwrap();
    assert_eq!(report.current(), Some("0002_b"));
    let report = set.run(&mut client).await.unwrap();
    assert_eq!((stems(report.applied()), report.already_applied()), (vec!["0003_c"], 2));
    let status = set.status(&mut client).await.unwrap();
    assert_eq!(status.migrations()[1].state(), State::Skipped);
    assert!(status.is_current());
    assert_eq!(value(&client, TABLES).await, "a,c");
    let error = runner.skip(&mut client, 2).await.unwrap_err();
    assert!(error.to_string().contains("the history has it already"), "{error}");
    // Skipped out of order, it is not where the database is.
    db.execute("DELETE FROM schema_migrations WHERE version = 2").await;
    assert_eq!(runner.skip(&mut client, 2).await.unwrap().current(), Some("0003_c"));
}

#[tokio::test]
async fn what_somebody_is_at_work_on_cannot_be_skipped() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let stepwise = ("0002_b.sql", "-- migrate: no-transaction\nLOCK TABLE a;\nVACUUM a;");
    set(&[A]).run(&mut client).await.unwrap();
    let (gate, watcher) = (db.connect().await, db.connect().await);
    gate.batch_execute("BEGIN; LOCK TABLE a").await.unwrap();
    let set = set(&[A, stepwise]);
    let skip = async {
        until(&watcher, WAITS).await;
        let error = Runner::new(&set).skip(&mut db.connect().await, 2).await.unwrap_err();
        assert!(error.to_string().contains("another process is at work on it"), "{error}");
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(set.run(&mut client), skip);
    assert_eq!(stems(report.unwrap().applied()), ["0002_b"]);
}

#[tokio::test]
async fn who_skips_while_others_apply_it_comes_too_late() {
    let db = Db::new().await;
    let (mut one, mut other) = (db.connect().await, db.connect().await);
    set(&[A]).run(&mut one).await.unwrap();
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; CREATE TABLE b ()").await.unwrap();
    let watcher = db.connect().await;
    let set = set(&[A, B]);
    let runner = Runner::new(&set);
    let late = async {
        until(&watcher, WAITS).await;
        let (result, ()) = tokio::join!(runner.skip(&mut other, 2), async {
            until(&watcher, crate::support::ONE_ASKS).await;
            gate.batch_execute("ROLLBACK").await.unwrap();
        });
        result
    };
    let (run, skip) = tokio::join!(set.run(&mut one), late);
    assert_eq!(run.unwrap().applied().len(), 1);
    assert!(skip.unwrap_err().to_string().contains("the history has it already"));
    assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 applied");
}
