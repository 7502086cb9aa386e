//! Bringing the history in line with the files: what is shown is made, and nothing else.

use migrate_runtime::Runner;

use crate::support::{Db, LOG, ROWS, TABLES, set, value};

const A: (&str, &str) = ("0001_a.sql", "CREATE TABLE a ();");
const B: (&str, &str) = ("0002_b.sql", "CREATE TABLE b ();");
const B_EDITED: (&str, &str) = ("0002_b.sql", "CREATE TABLE b (id int);");
const B_RENAMED: (&str, &str) = ("0002_other.sql", "CREATE TABLE b ();");
const B_COMMENTED: (&str, &str) = ("0002_b.sql", "-- two\nCREATE TABLE b ();");
const C: (&str, &str) = ("0003_c.sql", "CREATE TABLE c ();");
const FAILS: (&str, &str) =
    ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b ();\nCREATE TABLE d ();\nVACUUM nowhere;");
const FAILS_EDITED: (&str, &str) =
    ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b (id int);\nCREATE TABLE d ();\nVACUUM b;");
const FAILS_SHORTER: (&str, &str) = ("0002_b.sql", "-- migrate: no-transaction\nVACUUM b;");

/// Applies one set; then the repairs of another are these, are made, and are all: then the run is content.
async fn check(applied: &[(&str, &str)], files: &[(&str, &str)], expected: &[&str]) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let _ = set(applied).run(&mut client).await;
    let set = set(files);
    let runner = Runner::new(&set);
    let repairs = runner.repairs(&mut client).await.unwrap();
    let lines: Vec<String> = repairs.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), expected.len(), "{repairs}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    let before = value(&client, LOG).await;
    runner.repair(&mut client, &repairs).await.unwrap();
    let log: Vec<String> = repairs.iter().map(|repair| format!("repair {} done", repair.version())).collect();
    assert_eq!(value(&client, LOG).await, [vec![before], log].concat().join(", "));
    let details =
        "SELECT string_agg(detail, E'\\n' ORDER BY id) FROM schema_migrations_log WHERE action = 'repair'";
    let details = value(&client, details).await;
    assert_eq!(details, if lines.is_empty() { "<null>".to_owned() } else { lines.join("\n") });

    assert!(runner.repairs(&mut client).await.unwrap().is_empty());
    let report = set.run(&mut client).await.unwrap();
    assert!(report.warnings().is_empty(), "{report}");
    assert!(set.status(&mut client).await.unwrap().is_current());
    // What was listed is no longer so.
    if !repairs.is_empty() {
        let error = runner.repair(&mut client, &repairs).await.unwrap_err();
        assert!(error.to_string().contains("has changed since the repairs were listed"), "{error}");
    }
}

#[tokio::test]
async fn nothing() {
    check(&[A, B], &[A, B, C], &[]).await;
    let db = Db::new().await;
    assert!(Runner::new(&set(&[A])).repairs(&mut db.connect().await).await.unwrap().is_empty());
}

#[tokio::test]
async fn edited_renamed_and_formatted_files() {
    check(&[A, B], &[A, B_EDITED, C], &["0002_b: the file was edited; the checksum goes from "]).await;
    let renamed = "0002_other: the file was renamed; the row, which says `b`, gets its name and checksum";
    check(&[A, B], &[A, B_RENAMED], &[renamed]).await;
    check(&[A, B], &[A, B_COMMENTED], &["0002_b: comments and white space were edited; "]).await;
    let a_edited = ("0001_a.sql", "CREATE TABLE a (id int);");
    check(&[A, B, C], &[a_edited, B_RENAMED, C], &["0001_a: the file was edited", renamed]).await;
}

/// Its text is at another version, or nowhere any more: what has its version now never ran.
#[tokio::test]
async fn refuses_to_record_what_never_ran() {
    let other = ("0002_zzz.sql", "CREATE TABLE zzz ();");
    let moved = ("0003_b.sql", B.1);
    for (files, advice) in [
        (vec![A, other, moved], "which this database has and which is 0003_b now: `migrate down --to 1`"),
        (vec![A, other], "which this database has: restore the file of 2_b"),
    ] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        Runner::new(&set(&[A, ("0002_b.up.sql", B.1), ("0002_b.down.sql", "DROP TABLE b;")]))
            .store_downs(true)
            .run(&mut client)
            .await
            .unwrap();
        let set = set(&files);
        let runner = Runner::new(&set);
        let error = runner.repairs(&mut client).await.unwrap_err();
        let (said, expected) = (error.to_string(), "migrations/0002_zzz.sql is not 2_b, ");
        assert!(said.starts_with(expected) && said.contains(advice) && error.is_changed(), "{said}");
        assert!(runner.run(&mut client).await.unwrap_err().to_string().contains(advice));
        assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
        // What it advises.
        runner.revert_to(&mut client, 1).await.unwrap();
        runner.run(&mut client).await.unwrap();
        let tables = if files.len() == 3 { "a,b,zzz" } else { "a,zzz" };
        assert_eq!(value(&client, TABLES).await, tables);
    }
}

#[tokio::test]
async fn one_that_failed_half_way_and_was_edited() {
    let edited = "0002_b: its first 2 statements are taken for done, as they are in the file now";
    check(&[A, FAILS], &[A, FAILS_EDITED, C], &[edited]).await;
    check(&[A, FAILS], &[A, FAILS_SHORTER], &["0002_b: its first statement is taken for done"]).await;
}

#[tokio::test]
async fn one_that_failed_half_way_and_has_a_transaction_now() {
    let now = ("0002_b.sql", "CREATE TABLE IF NOT EXISTS b (); CREATE TABLE e ();");
    check(&[A, FAILS], &[A, now], &["0002_b: it was begun without a transaction and has one now"]).await;
}

#[tokio::test]
async fn what_is_recorded_without_running_is_repaired_too() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    Runner::new(&set(&[A, B])).baseline(&mut client, 2).await.unwrap();
    let set = set(&[A, B_EDITED]);
    let runner = Runner::new(&set);
    let repairs = runner.repairs(&mut client).await.unwrap();
    runner.repair(&mut client, &repairs).await.unwrap();
    assert_eq!(value(&client, ROWS).await, "1 baseline, 2 baseline");
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
}

#[tokio::test]
async fn one_whose_process_was_killed_is_repaired_too() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A, FAILS]).run(&mut client).await.unwrap_err();
    let dead = "UPDATE schema_migrations SET state = 'running', error = NULL, claim = 'gone', backend_pid = 1, \
                claimed_at = now() - interval '1 hour', backend_start = now() - interval '1 hour' WHERE version = 2";
    db.execute(dead).await;
    let set = set(&[A, FAILS_EDITED]);
    let runner = Runner::new(&set);
    let repairs = runner.repairs(&mut client).await.unwrap();
    assert_eq!(repairs.iter().count(), 1);
    runner.repair(&mut client, &repairs).await.unwrap();
    assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 1);
}

/// What was listed for a migration that failed is not made when another process got further with it.
#[tokio::test]
async fn a_list_that_the_history_has_outrun() {
    let further = (
        "0002_b.sql",
        "-- migrate: no-transaction\nCREATE TABLE b ();\nCREATE TABLE d ();\nVACUUM b;\nVACUUM nowhere;",
    );
    for (then, is_finished) in [(FAILS.1.replace("nowhere", "b"), true), (further.1.to_owned(), false)] {
        for edited in [FAILS_EDITED, ("0002_b.sql", "SELECT 1;")] {
            let db = Db::new().await;
            let mut client = db.connect().await;
            set(&[A, FAILS]).run(&mut client).await.unwrap_err();
            let set_edited = set(&[A, edited]);
            let runner = Runner::new(&set_edited);
            let repairs = runner.repairs(&mut client).await.unwrap();
            assert_eq!(repairs.iter().count(), 1);
            let result = set(&[A, ("0002_b.sql", &then)]).run(&mut client).await;
            assert_eq!(result.is_ok(), is_finished);
            // The checksum is made to be as it was: it does not tell one state from another.
            db.execute(&format!(
                "UPDATE schema_migrations SET checksum = '{}' WHERE version = 2",
                set(&[A, FAILS]).iter().nth(1).unwrap().up().checksum()
            ))
            .await;
            let rows = value(&client, ROWS).await;
            let error = runner.repair(&mut client, &repairs).await.unwrap_err();
            assert!(error.to_string().contains("has changed since the repairs were listed"), "{error}");
            assert_eq!(value(&client, ROWS).await, rows);
            assert!(!value(&client, LOG).await.contains("repair"));
        }
    }
}

#[tokio::test]
async fn one_that_is_half_done_and_was_renamed_is_never_passed_over() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A, FAILS]).run(&mut client).await.unwrap_err();
    let renamed = ("0002_other.sql", FAILS_EDITED.1.replace("(id int)", "()"));
    let set = set(&[A, (renamed.0, &renamed.1), C]);
    let runner = Runner::new(&set).allow_changed(..);
    assert!(runner.run(&mut client).await.unwrap_err().is_changed());
    assert_eq!(value(&client, TABLES).await, "a,b,d");
    let repairs = runner.repairs(&mut client).await.unwrap();
    runner.repair(&mut client, &repairs).await.unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 2);
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied, 3 applied");
}

#[tokio::test]
async fn repeatable_migrations_and_rows_without_a_file_are_left_alone() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A, B, ("R_v.sql", "SELECT 1;")]).run(&mut client).await.unwrap();
    let set = set(&[A, ("R_v.sql", "SELECT 2;")]);
    let repairs = Runner::new(&set).repairs(&mut client).await.unwrap();
    assert_eq!(repairs.to_string(), "nothing to repair");
    Runner::new(&set).repair(&mut client, &repairs).await.unwrap();
}
