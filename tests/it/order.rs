//! How strictly history and files must agree: what is an error, what is a warning, and what the service may allow.

use migrate_runtime::{Runner, State};
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, ROWS, TABLES, set, stems, value};

const A: (&str, &str) = ("0001_a.sql", "CREATE TABLE a ();");
const B: (&str, &str) = ("0002_b.sql", "CREATE TABLE b ();");
const C: (&str, &str) = ("0003_c.sql", "CREATE TABLE c ();");
const D: (&str, &str) = ("0004_d.sql", "CREATE TABLE d ();");

/// Stamped, so that holes are no fault of the folder.
const STAMPED: [(&str, &str); 5] = [
    ("20240101000000_a.sql", A.1),
    ("20240102000000_b.sql", B.1),
    ("20240103000000_c.sql", C.1),
    ("20240104000000_d.sql", D.1),
    ("20240105000000_e.sql", "CREATE TABLE e ();"),
];
const DAY: i64 = 1_000_000;
const FIRST: i64 = 20_240_101_000_000;

type Allowance = for<'a> fn(Runner<'a>) -> Runner<'a>;

/// Runs files on a database with these applied, without and with what is allowed. The stems that are applied then.
async fn check_allowed(
    applied: &[(&str, &str)],
    files: &[(&str, &str)],
    too_little: &[Allowance],
    enough: Allowance,
    expected: &[&str],
    warning: &str,
) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(applied).run(&mut client).await.unwrap();
    let set = set(files);
    let before = value(&client, ROWS).await;
    for allow in too_little {
        let runner = allow(Runner::new(&set));
        assert!(runner.run(&mut client).await.is_err());
        assert!(runner.plan(&mut client).await.is_err());
        assert_eq!(value(&client, ROWS).await, before);
    }
    let runner = enough(Runner::new(&set));
    let plan = runner.plan(&mut client).await.unwrap();
    assert_eq!(plan.steps().iter().map(|step| step.stem().to_owned()).collect::<Vec<_>>(), expected);
    let report = runner.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), expected);
    assert_eq!(report.current(), set.iter().last().map(|migration| migration.stem()));
    assert!(report.warnings().iter().any(|line| line.contains(warning)), "{report}");
    let again = runner.run(&mut client).await.unwrap();
    assert!(again.applied().is_empty() && again.current() == report.current(), "{again}");
}

#[tokio::test]
async fn what_was_edited_or_renamed_may_be_allowed() {
    let too_little: &[Allowance] = &[
        |runner| runner,
        |runner| runner.allow_changed(3..),
        |runner| runner.allow_missing(..).allow_out_of_order(..),
    ];
    let enough: Allowance = |runner| runner.allow_changed(2..=2);
    let edited = ("0002_b.sql", "CREATE TABLE b (id int);");
    let warning = "0002_b: it was edited after it was applied, which is allowed";
    check_allowed(&[A, B], &[A, edited, C], too_little, enough, &["0003_c"], warning).await;
    let renamed = ("0002_other.sql", B.1);
    let warning = "0002_other: it was renamed after it was applied, which is allowed";
    check_allowed(&[A, B], &[A, renamed, C], too_little, enough, &["0003_c"], warning).await;
}

#[tokio::test]
async fn what_is_missing_may_be_allowed() {
    let files = [STAMPED[0], STAMPED[2], STAMPED[3]];
    let too_little: &[Allowance] = &[
        |runner| runner,
        |runner| runner.allow_missing(..=FIRST),
        |runner| runner.allow_changed(..).allow_out_of_order(..),
    ];
    let enough: Allowance = |runner| runner.allow_missing(FIRST..=FIRST + DAY);
    let warning = "20240102000000_b: it has no file, which is allowed";
    check_allowed(&STAMPED[..3], &files, too_little, enough, &["20240104000000_d"], warning).await;
}

#[tokio::test]
async fn what_is_out_of_order_may_be_allowed() {
    let applied = [STAMPED[0], STAMPED[3]];
    let too_little: &[Allowance] = &[
        |runner| runner,
        |runner| runner.allow_out_of_order(FIRST + DAY..=FIRST + DAY),
        |runner| runner.allow_out_of_order(FIRST + 2 * DAY..),
        |runner| runner.allow_changed(..).allow_missing(..),
    ];
    // Two ranges are as good as one.
    let enough: Allowance = |runner| {
        runner.allow_out_of_order(..=FIRST + DAY).allow_out_of_order(FIRST + 2 * DAY..FIRST + 3 * DAY)
    };
    let expected = ["20240102000000_b", "20240103000000_c", "20240105000000_e"];
    let warning = "20240103000000_c: it comes before migrations that are applied, which is allowed";
    check_allowed(&applied, &STAMPED, too_little, enough, &expected, warning).await;
}

#[tokio::test]
async fn what_was_applied_out_of_order_is_current_for_everybody() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[STAMPED[0], STAMPED[2]]).run(&mut client).await.unwrap();
    let set = set(&STAMPED[..3]);
    let report = Runner::new(&set).allow_out_of_order(..).run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["20240102000000_b"]);
    assert_eq!(report.current(), Some("20240103000000_c"));
    assert!(report.to_string().contains("the database is at 20240103000000_c"), "{report}");
    let report = set.run(&mut client).await.unwrap();
    assert!(report.applied().is_empty() && report.warnings().is_empty());
    assert!(set.status(&mut client).await.unwrap().is_current());
}

#[tokio::test]
async fn an_allowance_is_for_its_version_and_what_else_contradicts_is_told() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[STAMPED[0], STAMPED[1], STAMPED[3]]).run(&mut client).await.unwrap();
    let edited = (STAMPED[3].0, "SELECT 1;");
    let set = set(&[STAMPED[0], STAMPED[2], edited]);
    for (runner, version, more) in [
        (Runner::new(&set), 1, 2),
        (Runner::new(&set).allow_missing(..), 2, 1),
        (Runner::new(&set).allow_missing(..).allow_out_of_order(..), 3, 0),
    ] {
        let error = runner.run(&mut client).await.unwrap_err();
        assert_eq!(error.version(), Some(FIRST + version * DAY), "{error}");
        assert_eq!(format!("{error:#}").lines().count(), 1 + more, "{error:#}");
    }
    let runner = Runner::new(&set).allow_missing(..).allow_out_of_order(..).allow_changed(..);
    let report = runner.run(&mut client).await.unwrap();
    assert_eq!((report.applied().len(), report.warnings().len()), (1, 3));
    // Status tells all of it, whatever is allowed.
    let status = runner.status(&mut client).await.unwrap();
    let states: Vec<State> =
        status.migrations().iter().map(migrate_runtime::MigrationStatus::state).collect();
    assert_eq!(states, [State::Applied, State::Missing, State::Applied, State::Changed]);
}

#[tokio::test]
async fn a_database_that_is_ahead() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A, B, C, D]).run(&mut client).await.unwrap();
    let older = set(&[A, B]);
    let report = older.run(&mut client).await.unwrap();
    assert_eq!((report.ahead(), report.current()), (&[3, 4][..], Some("0002_b")));
    let strict = Runner::new(&older).deny_ahead();
    for error in [strict.run(&mut client).await.unwrap_err(), strict.plan(&mut client).await.unwrap_err()] {
        assert!(error.is_ahead() && !error.is_missing() && error.version() == Some(3), "{error}");
        assert!(error.to_string().starts_with("3_c was applied by a newer binary than this one"), "{error}");
        assert_eq!(format!("{error:#}").lines().count(), 2, "{error:#}");
    }
    // It does not matter to one that is as new.
    assert!(Runner::new(&set(&[A, B, C, D])).deny_ahead().run(&mut client).await.is_ok());
    let status = older.status(&mut client).await.unwrap();
    assert!(status.is_current());
    assert_eq!(status.migrations()[3].state(), State::Ahead);
    // A binary that is older and has a file of its own that is not applied is not merely older.
    let other = set(&[STAMPED[0], STAMPED[1]]);
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[STAMPED[0], STAMPED[2]]).run(&mut client).await.unwrap();
    assert!(other.run(&mut client).await.unwrap_err().is_out_of_order());
}

/// Pairs of texts: does one who has applied the first take the second for the same?
#[tokio::test]
async fn edits_that_mean_nothing_and_edits_that_do() {
    let pairs = [
        // Comments and white space.
        ("SELECT 1;", "SELECT 1; -- one", true),
        ("SELECT 1;", "-- one\nSELECT\n    /* the /* first */ */ 1\n;\n", true),
        ("SELECT 1;", "SELECT 1", true),
        ("SELECT 1; SELECT 2;", "SELECT 1;\n\n\n;\nSELECT 2;", true),
        ("SELECT 1;\nSELECT 2;\n", "SELECT 1;\r\nSELECT 2;\r\n", true),
        ("SELECT 1;", "\u{feff}SELECT 1;", true),
        ("SELECT a+1 FROM (SELECT 1 AS a) AS x;", "SELECT a + 1 FROM ( SELECT 1 AS a ) AS x;", true),
        // Anything else.
        ("SELECT 1;", "SELECT 2;", false),
        ("SELECT 1;", "SELECT 1; SELECT 1;", false),
        ("SELECT 1; SELECT 2;", "SELECT 2; SELECT 1;", false),
        ("SELECT 'a b';", "SELECT 'a  b';", false),
        ("SELECT 'a -- b';", "SELECT 'a -- c';", false),
        ("SELECT $$a\n$$;", "SELECT $$a\n\n$$;", false),
        ("SELECT $$ -- x $$;", "SELECT $$ -- y $$;", false),
        ("SELECT 1 AS a;", "SELECT 1 AS \"a\";", false),
        ("SELECT 'a' AS b;", "SELECT 'a'AS b;", true),
        ("SELECT 1 AS ab;", "SELECT 1 AS a_b;", false),
        ("SELECT 1 + +1;", "SELECT 1 ++1;", false),
        ("SELECT 'a' 'b';", "SELECT 'ab';", false),
    ];
    let db = Db::new().await;
    let mut client = db.connect().await;
    for (before, after, is_same) in pairs {
        // The one with a concatenation on one line is refused by PostgreSQL: what is recorded need not have run here.
        let applied = set(&[("0001_a.sql", before)]);
        Runner::new(&applied).baseline(&mut client, 1).await.unwrap();
        let edited = set(&[("0001_a.sql", after)]);
        let status = edited.status(&mut client).await.unwrap();
        match edited.run(&mut client).await {
            Ok(report) => {
                assert!(is_same, "{before:?} {after:?}");
                assert_eq!(status.migrations()[0].state(), State::Baseline);
                let is_noted = edited != applied && !after.starts_with('\u{feff}') && !after.contains('\r');
                assert_eq!(report.warnings().len(), usize::from(is_noted), "{before:?} {after:?}");
                assert_eq!(status.migrations()[0].note().is_some(), is_noted, "{before:?} {after:?}");
            }
            Err(error) => {
                assert!(!is_same && error.is_changed(), "{before:?} {after:?}: {error}");
                assert_eq!(status.migrations()[0].state(), State::Changed);
            }
        }
        client.batch_execute("DELETE FROM schema_migrations").await.unwrap();
    }
}

#[tokio::test]
async fn a_warning_is_in_the_report_the_status_and_the_log() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A]).run(&mut client).await.unwrap();
    let set = set(&[("0001_a.sql", "-- the first\nCREATE TABLE a ();"), B]);
    let line = "0001_a: only comments and white space of it were edited after it was applied";
    assert_eq!(set.plan(&mut client).await.unwrap().warnings(), [line]);
    // Also when there is nothing to do.
    for applied in [1, 0] {
        let log = Log::default();
        let report = log.of(Level::INFO, set.run(&mut client)).await.unwrap();
        assert_eq!((report.applied().len(), report.warnings()), (applied, &[line.to_owned()][..]));
        assert!(report.to_string().ends_with(&format!("\nwarning: {line}")), "{report}");
        let log = log.text();
        assert_eq!(
            log.lines().filter(|text| text.contains("WARN") && text.contains(line)).count(),
            1,
            "{log}"
        );
    }
    let status = set.status(&mut client).await.unwrap();
    assert!(status.is_current());
    assert_eq!(status.migrations()[0].note(), Some("comments or white space were edited since"));
    // The history keeps what it has.
    assert_eq!(value(&client, TABLES).await, "a,b");
    assert_eq!(set.run(&mut client).await.unwrap().warnings().len(), 1);
}
