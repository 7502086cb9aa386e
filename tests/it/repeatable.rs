//! Repeatable migrations: after all others, and again whenever their file changes.

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{Action, Error, MigrationSet, Report, Runner, State};

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
        format!("-- four\n{}", counted("one")),
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

/// What a run did about `R_x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    Ran,
    /// It is as the set has it.
    Nothing,
    /// The database has a newer one.
    Left,
}

/// Releases that differ in one repeatable migration: a name with the newest version, and what `R_x` is.
fn release(name: &str) -> MigrationSet {
    let (text, version) = name.split_at(name.len() - 1);
    let x = counted(text);
    let files = [RUNS, B, ("R_x.sql", &*x)];
    if version == "2" { set(&files) } else { set(&[files[0], files[2]]) }
}

#[tokio::test]
async fn two_releases_in_any_order_never_put_the_older_text_back() {
    use Did::{Left, Nothing, Ran};
    let cases: [&[(&str, Did)]; 6] = [
        &[("old1", Ran), ("new1", Ran), ("old1", Left), ("new1", Nothing), ("old1", Left), ("new1", Nothing)],
        &[("old1", Ran), ("new1", Ran), ("last1", Ran), ("new1", Left), ("old1", Left), ("last1", Nothing)],
        &[("old1", Ran), ("new2", Ran), ("old1", Left), ("new2", Nothing), ("old2", Left)],
        // The first start of a release may find the text unchanged.
        &[("old1", Ran), ("old2", Nothing), ("new2", Ran), ("old2", Left), ("old1", Left), ("new2", Nothing)],
        // A newer release goes back to the older text.
        &[("old1", Ran), ("new1", Ran), ("old2", Ran), ("new1", Left), ("old2", Nothing), ("new2", Left)],
        &[("old1", Ran), ("new1", Ran), ("old1", Left), ("new2", Nothing), ("old2", Ran), ("new2", Left)],
    ];
    for (number, case) in cases.iter().enumerate() {
        let db = Db::new().await;
        let mut client = db.connect().await;
        for (at, (name, expected)) in case.iter().enumerate() {
            let set = release(name);
            let count = "SELECT count(*) FROM schema_migrations_log";
            let before = if at > 0 { value(&client, count).await } else { String::new() };
            let report = set.run(&mut client).await.unwrap();
            let status = set.status(&mut client).await.unwrap();
            let state = status.migrations().iter().find(|one| one.stem() == "R_x").unwrap().state();
            let has_run = stems(report.applied()).contains(&"R_x");
            let did = match (has_run, report.warnings().len()) {
                (true, 0) => Ran,
                (false, 0) => Nothing,
                (false, 1) => Left,
                other => panic!("{other:?}"),
            };
            assert_eq!(did, *expected, "case {number}, turn {at}: {report}");
            let is_left = state == State::Superseded;
            assert!(status.is_current() && is_left == (did == Left), "case {number}, turn {at}: {status}");
            if did == Left {
                assert_eq!(before, value(&client, count).await, "nothing is written");
            }
        }
    }
}

#[tokio::test]
async fn a_text_that_was_replaced_is_applied_again_after_a_repair() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (one, two) = (release("one1"), release("two1"));
    one.run(&mut client).await.unwrap();
    two.run(&mut client).await.unwrap();
    let report = one.run(&mut client).await.unwrap();
    let why = "R_x: it is not applied, because this text of it was replaced by another one in this database: to apply it, \
               change it (a comment is enough), or add a migration";
    assert_eq!(report.warnings(), [why]);
    // The newer text needs none.
    assert!(Runner::new(&two).repairs(&mut client).await.unwrap().is_empty());
    let runner = Runner::new(&one);
    let repairs = runner.repairs(&mut client).await.unwrap();
    let listed =
        "1 row to repair:\n  R_x: its text was replaced by another one; the next run applies it again";
    assert_eq!(repairs.to_string(), listed);
    runner.repair(&mut client, &repairs).await.unwrap();
    assert_eq!(stems(one.run(&mut client).await.unwrap().applied()), ["R_x"]);
    assert_eq!(value(&client, COUNT).await, "one,one,two");
    // Now the other one is the older.
    assert!(two.run(&mut client).await.unwrap().applied().is_empty());
}

/// A table with its way back, and a view of it that goes with it.
const VIEW: (&str, &str) = ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT id FROM b;");
const HAS_VIEW: &str = "SELECT to_regclass('v') IS NOT NULL";

fn with_down(directive: &str, down: &str) -> MigrationSet {
    set(&[
        ("0001_a.up.sql", A.1),
        ("0001_a.down.sql", "DROP TABLE a;"),
        ("0002_b.up.sql", B.1),
        ("0002_b.down.sql", &format!("{directive}{down}")),
        VIEW,
    ])
}

async fn note(set: &MigrationSet, client: &mut Client) -> (State, String) {
    let status = set.status(client).await.unwrap();
    let one = status.migrations().iter().find(|one| one.stem() == "R_v").unwrap();
    (one.state(), one.note().unwrap_or_default().to_owned())
}

const AGAIN: &str = "it runs again, because a migration was reverted";

#[tokio::test]
async fn what_a_down_takes_with_it_comes_back() {
    const CASCADE: &str = "DROP TABLE b CASCADE;";
    let no_transaction = "-- migrate: no-transaction\n";
    for (case, set) in [
        ("in a transaction", with_down("", CASCADE)),
        ("without", with_down(no_transaction, CASCADE)),
        ("by statements", with_down("", CASCADE)),
        ("by hand", with_down("", "DROP VIEW v; DROP TABLE b;")),
        ("a function", with_down("-- migrate: function\n", "")),
    ] {
        for goal in [1, 0] {
            let db = Db::new().await;
            let mut client = db.connect().await;
            let mut runner = Runner::new(&set);
            if case == "by statements" {
                runner = runner.statement_by_statement();
            }
            if case == "a function" {
                runner = runner.revert_function(2, |transaction| {
                    Box::pin(async move { Ok(transaction.batch_execute(CASCADE).await?) })
                });
            }
            runner.run(&mut client).await.unwrap();
            runner.revert_to(&mut client, goal).await.unwrap();
            assert_eq!(value(&client, HAS_VIEW).await, "f", "{case}");
            assert_eq!(note(&set, &mut client).await, (State::Pending, AGAIN.to_owned()), "{case}");
            // The plan says it as well.
            let plan = runner.plan(&mut client).await.unwrap();
            assert_eq!(
                plan.steps().last().map(|step| (step.action(), step.stem())),
                Some((Action::Apply, "R_v"))
            );
            let report = runner.run(&mut client).await.unwrap();
            assert_eq!(report.applied().last().map(migrate_runtime::Done::stem), Some("R_v"), "{case}");
            assert_eq!(value(&client, HAS_VIEW).await, "t", "{case}");
            assert!(runner.run(&mut client).await.unwrap().applied().is_empty(), "{case}");
        }
    }
}

#[tokio::test]
async fn the_older_release_brings_its_own_back_after_a_revert() {
    let view = |text: &str| format!("CREATE OR REPLACE VIEW v AS SELECT {text} AS x FROM a;");
    let old = set(&[A, ("R_v.sql", &view("1"))]);
    let newer = [
        A,
        ("0002_b.up.sql", "DROP VIEW v; ALTER TABLE a ADD x int;"),
        ("0002_b.down.sql", "DROP VIEW v; ALTER TABLE a DROP x;"),
        ("R_v.sql", &view("x")),
    ];
    let new = set(&newer);
    // Where the down is stored, the older one can revert as well.
    for reverter in [&new, &old] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        old.run(&mut client).await.unwrap();
        Runner::new(&new).store_downs(true).run(&mut client).await.unwrap();
        Runner::new(reverter).revert(&mut client, 1).await.unwrap();
        assert_eq!(value(&client, HAS_VIEW).await, "f");
        assert_eq!(stems(old.run(&mut client).await.unwrap().applied()), ["R_v"]);
        assert_eq!(value(&client, "SELECT pg_get_viewdef('v') LIKE '%1 AS x%'").await, "t");
        // And so does the newer one, when it is back.
        assert_eq!(stems(new.run(&mut client).await.unwrap().applied()), ["0002_b", "R_v"]);
        assert!(old.run(&mut client).await.unwrap().applied().is_empty());
    }
}

#[tokio::test]
async fn a_down_that_a_view_is_in_the_way_of_says_so() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = with_down("", "DROP TABLE b;");
    set.run(&mut client).await.unwrap();
    let error = Runner::new(&set).revert(&mut client, 1).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("2BP01"));
    let help = "; drop what depends on it in the down as well, with IF EXISTS: the next run applies repeatable migrations again";
    assert!(error.to_string().contains(help), "{error}");
    // Nothing of it was done.
    assert_eq!(note(&set, &mut client).await.0, State::Applied);
}

#[tokio::test]
async fn a_table_of_the_earlier_format_is_told_what_it_lacks() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = release("one1");
    set.run(&mut client).await.unwrap();
    client
        .batch_execute(
            "ALTER TABLE schema_migrations DROP COLUMN set_version, DROP COLUMN superseded, \
             DROP COLUMN found_before, DROP COLUMN settings_found",
        )
        .await
        .unwrap();
    let error: Error = set.run(&mut client).await.unwrap_err();
    assert_eq!(error.code().as_str(), "M0539", "{error}");
    let text = error.to_string();
    let statement = text.split('`').nth(1).unwrap();
    client.batch_execute(statement).await.unwrap();
    let report: Report = set.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["R_x"]);
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
}
