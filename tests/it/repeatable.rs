//! Repeatable migrations: after all others, and again whenever their file changes.

use migrate_runtime::{Runner, State};

use crate::support::{Db, LOG, ONE_ASKS, ROWS, WAITS, set, stems, until, value};

const A: (&str, &str) = ("0001_a.sql", "CREATE TABLE a (id int);");
const B: (&str, &str) = ("0002_b.sql", "CREATE TABLE b (id int);");
const RUNS: (&str, &str) = ("0001_runs.sql", "CREATE TABLE runs (what text);");

/// A repeatable migration that takes down that it was run.
fn counted(what: &str) -> String {
    format!("INSERT INTO runs VALUES ('{what}');")
}

const COUNT: &str = "SELECT coalesce(string_agg(what, ',' ORDER BY what), '') FROM runs";

#[tokio::test]
async fn they_come_last_in_the_order_of_their_descriptions() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    // The second needs the first, both need the table.
    let views = [
        ("R_view_b.sql", "CREATE OR REPLACE VIEW view_b AS SELECT * FROM view_a;"),
        ("R_view_a.sql", "CREATE OR REPLACE VIEW view_a AS SELECT * FROM b;"),
    ];
    let set = set(&[views[0], A, views[1], B]);
    let plan = set.plan(&mut client).await.unwrap();
    let names = "4 migrations to apply:\n  0001_a\n  0002_b\n  R_view_a\n  R_view_b";
    assert_eq!(plan.to_string(), names);
    assert!(plan.steps()[2].version() == 0 && plan.steps()[2].description() == "view_a");
    let report = set.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["0001_a", "0002_b", "R_view_a", "R_view_b"]);
    // It has no place in the order of versions.
    assert_eq!(report.current(), Some("0002_b"));
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done, apply view_a done, apply view_b done");
    let report = set.run(&mut client).await.unwrap();
    assert_eq!((report.applied().len(), report.already_applied()), (0, 2));
}

#[tokio::test]
async fn again_when_the_file_changes_and_only_then() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let texts = [
        counted("one"),
        counted("one"),
        counted("two"),
        format!("-- three\n{}", counted("two")),
        counted("one"),
    ];
    for (text, expected) in texts.iter().zip(["one", "one", "one,two", "one,two,two", "one,one,two,two"]) {
        let set = set(&[RUNS, ("R_x.sql", text), ("R_other.sql", "SELECT 1;")]);
        let before = value(&client, "SELECT to_regclass('runs') IS NOT NULL").await;
        let status = set.status(&mut client).await.unwrap();
        let report = set.run(&mut client).await.unwrap();
        assert_eq!(value(&client, COUNT).await, expected);
        assert_eq!(report.applied().is_empty(), status.is_current());
        if before == "t" && !report.applied().is_empty() {
            assert_eq!(stems(report.applied()), ["R_x"]);
            let line = status.migrations().iter().find(|one| one.stem() == "R_x").unwrap();
            assert_eq!((line.version(), line.state()), (0, State::Pending));
            assert_eq!(line.note(), Some("the file was edited since it was last applied"));
            assert!(line.applied_at().is_some());
        }
    }
    assert_eq!(value(&client, ROWS).await, "other applied, x applied, 1 applied");
}

#[tokio::test]
async fn they_stand_for_the_newest_schema() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let view = ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT * FROM b;");
    let set = set(&[A, B, view]);
    let runner = Runner::new(&set);
    assert_eq!(stems(runner.clone().target(1).run(&mut client).await.unwrap().applied()), ["0001_a"]);
    assert!(runner.clone().target(1).plan(&mut client).await.unwrap().is_empty());
    assert_eq!(stems(runner.clone().target(2).run(&mut client).await.unwrap().applied()), ["0002_b", "R_v"]);
}

#[tokio::test]
async fn a_binary_that_is_behind_its_database_leaves_them_alone() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let v1 = ("R_x.sql", &*counted("old"));
    let (v2, added) = (("R_x.sql", &*counted("new")), ("R_y.sql", &*counted("added")));
    set(&[RUNS, B, v2]).run(&mut client).await.unwrap();
    let older = set(&[RUNS, v1, added]);
    let report = older.run(&mut client).await.unwrap();
    assert!(report.applied().is_empty());
    assert_eq!(
        report.warnings(),
        [
            "R_x: it is not applied, because the database is ahead of this binary",
            "R_y: it is not applied, because the database is ahead of this binary",
        ]
    );
    assert_eq!(value(&client, COUNT).await, "new");
    // What is as it should be is no matter.
    assert!(set(&[RUNS, v2]).run(&mut client).await.unwrap().warnings().is_empty());
}

#[tokio::test]
async fn one_that_fails_is_rolled_back_and_tried_by_the_next_run() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let fails = ("R_m.sql", "INSERT INTO runs VALUES ('m');\nSELECT 1/0;");
    let (first, last) = (("R_a.sql", &*counted("a")), ("R_z.sql", &*counted("z")));
    let broken = set(&[RUNS, first, fails, last]);
    for applied in [vec!["0001_runs", "R_a"], vec![]] {
        let error = broken.run(&mut client).await.unwrap_err();
        assert_eq!(
            (error.version(), error.sqlstate(), error.position()),
            (Some(0), Some("22012"), Some((2, 1)))
        );
        assert!(error.to_string().starts_with("migrations/R_m.sql:2:1: "), "{error}");
        assert_eq!(stems(error.report().applied()), applied);
        assert_eq!(value(&client, COUNT).await, "a");
    }
    assert_eq!(value(&client, ROWS).await, "a applied, 1 applied");
    let mended = set(&[RUNS, first, ("R_m.sql", &counted("m")), last]);
    assert_eq!(stems(mended.run(&mut client).await.unwrap().applied()), ["R_m", "R_z"]);
    // An edit that fails leaves the row of what was applied before.
    let checksum = "SELECT checksum FROM schema_migrations WHERE description = 'm'";
    let before = value(&client, checksum).await;
    broken.run(&mut client).await.unwrap_err();
    assert_eq!(value(&client, checksum).await, before);
    assert_eq!(value(&client, COUNT).await, "a,m,z");
    assert_eq!(
        value(&client, "SELECT count(*) FROM schema_migrations_log WHERE outcome = 'failed'").await,
        "3"
    );
}

#[tokio::test]
async fn two_at_once_apply_it_once() {
    let db = Db::new().await;
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    let watcher = db.connect().await;
    let first = counted("x0");
    set(&[RUNS, ("R_x.sql", &first)]).run(&mut one).await.unwrap();
    // First one that has a row, then one that has none.
    for (file, text, expected) in [("R_x.sql", counted("x1"), "x0,x1"), ("R_y.sql", counted("y"), "x0,x1,y")]
    {
        let set = set(&[RUNS, ("R_x.sql", &counted("x1")), (file, &text)]);
        gate.batch_execute("BEGIN; LOCK TABLE runs").await.unwrap();
        let release = async {
            until(&watcher, WAITS).await;
            until(&watcher, ONE_ASKS).await;
            gate.batch_execute("COMMIT").await.unwrap();
        };
        let (a, b, ()) = tokio::join!(set.run(&mut one), set.run(&mut other), release);
        assert_eq!(a.unwrap().applied().len() + b.unwrap().applied().len(), 1);
        assert_eq!(value(&watcher, COUNT).await, expected);
    }
}

#[tokio::test]
async fn one_whose_file_is_removed_stays_as_it_is() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (x, y) = (("R_x.sql", &*counted("x")), ("R_y.sql", &*counted("y")));
    set(&[RUNS, x, y]).run(&mut client).await.unwrap();
    let fewer = set(&[RUNS, y]);
    for runner in [Runner::new(&fewer), Runner::new(&fewer).deny_ahead()] {
        let report = runner.run(&mut client).await.unwrap();
        assert!(report.applied().is_empty() && report.ahead().is_empty() && report.warnings().is_empty());
    }
    let status = fewer.status(&mut client).await.unwrap();
    assert!(status.is_current());
    let text = status.to_string();
    assert!(text.lines().any(|line| line.starts_with("R_x") && line.ends_with("there is no file")), "{text}");
    // A repeatable file with another name is another migration; one that comes back is the old one.
    let renamed = set(&[RUNS, ("R_z.sql", x.1), y]);
    assert_eq!(stems(renamed.run(&mut client).await.unwrap().applied()), ["R_z"]);
    assert!(set(&[RUNS, x, y]).run(&mut client).await.unwrap().applied().is_empty());
}
