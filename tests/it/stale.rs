//! A binary in development that is older than its folder: it says so, and does what it was built for.

use std::fs;
use std::path::Path;

use migrate_runtime::MigrationSet;
use tempfile::TempDir;
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, HISTORY, borrowed, folder, load, set, small};

/// The set of a folder, as a binary has it that was compiled with debug assertions.
fn embedded(files: &[(&str, &str)]) -> (TempDir, MigrationSet) {
    let folder = folder(files);
    let set = at(folder.path());
    (folder, set)
}

fn at(folder: &Path) -> MigrationSet {
    let path: &'static str = folder.to_str().unwrap().to_owned().leak();
    load(folder).in_development(Some(path))
}

const FILES: [(&str, &str); 3] = [
    ("0001_a.sql", "CREATE TABLE a (id int);"),
    ("0002_b.up.sql", "CREATE TABLE b (id int);"),
    ("0002_b.down.sql", "DROP TABLE b;"),
];

#[tokio::test]
async fn a_run_says_what_has_become_of_the_folder_and_applies_what_is_embedded() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (folder, set) = embedded(&FILES);
    fs::write(folder.path().join("0001_a.sql"), "CREATE TABLE a (id text);").unwrap();
    fs::remove_file(folder.path().join("0002_b.down.sql")).unwrap();
    fs::write(folder.path().join("0003_c.sql"), "CREATE TABLE c (id int);").unwrap();
    let expected = [
        "migrations/0001_a.sql was edited after this binary was built: rebuild",
        "migrations/0002_b.down.sql was removed after this binary was built: rebuild",
        "migrations/0003_c.sql is not in this binary: rebuild (touch migrations/0001_a.sql first if cargo finds nothing \
         to do)",
    ];

    let log = Log::default();
    let report = log.of(Level::INFO, set.run(&mut client)).await.unwrap();
    assert_eq!(report.warnings(), expected);
    assert!(report.to_string().contains(&format!("\nwarning: {}\nwarning: ", expected[0])), "{report}");
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(
        db.value("SELECT data_type FROM information_schema.columns WHERE table_name = 'a'").await,
        "integer"
    );
    // Once each, in the span of the run, and before anything is done.
    for line in expected {
        assert_eq!(log.count(&["WARN migrate{folder=\"migrations\"", line]), 1, "{}", log.text());
        assert_eq!(log.count(&[line]), 1, "{}", log.text());
    }
    let text = log.text();
    assert!(text.find(expected[2]) < text.find("migrations are pending"), "{text}");

    // It is the binary that is not current; the database is.
    let report = set.run(&mut client).await.unwrap();
    assert!(report.applied().is_empty());
    assert_eq!(report.warnings(), expected);
}

#[tokio::test]
async fn an_error_tells_it_too() {
    let db = Db::new().await;
    let (folder, set) = embedded(&[("0001_a.sql", "SELECT 1 / 0;")]);
    fs::write(folder.path().join("0001_a.sql"), "SELECT 1 / 1;").unwrap();
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    let line = "migrations/0001_a.sql was edited after this binary was built: rebuild";
    assert_eq!(error.report().warnings(), [line]);
    assert!(format!("{error:#}").ends_with(&format!("\nwarning: {line}")), "{error:#}");
    assert!(!error.to_string().contains("rebuild"), "{error}");
}

#[tokio::test]
async fn nothing_is_said_where_nothing_has_changed_or_there_is_no_folder() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (folder, set) = embedded(&FILES);
    assert!(set.run(&mut client).await.unwrap().warnings().is_empty());
    drop(folder);
    assert!(set.run(&mut client).await.unwrap().warnings().is_empty());
    // The folder is no part of what a set is, and a release build has none.
    assert_eq!(set, set.clone().in_development(None));
}

#[tokio::test]
async fn another_branch_is_told_in_a_few_lines() {
    let db = Db::new().await;
    let (folder, set) = embedded(&borrowed(&small(1)));
    for (name, text) in small(15) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let report = set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.warnings().len(), 11, "{report}");
    assert_eq!(report.warnings()[10], "4 more files in migrations changed as well");
}

/// Warnings about the database come after those about the binary, and neither is told twice.
#[tokio::test]
async fn both_the_binary_and_the_history_are_not_as_they_should_be() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[("0001_a.sql", "SELECT 1;")]).run(&mut client).await.unwrap();
    let (folder, set) = embedded(&[("0001_a.sql", "SELECT 1; -- one")]);
    fs::write(folder.path().join("0002_b.sql"), "SELECT 2;").unwrap();
    let log = Log::default();
    let report = log.of(Level::WARN, set.run(&mut client)).await.unwrap();
    let [of_binary, of_database] = report.warnings() else { panic!("{report}") };
    assert!(of_binary.starts_with("migrations/0002_b.sql is not in this binary"), "{report}");
    assert!(of_database.starts_with("0001_a: "), "{report}");
    for line in [of_binary, of_database] {
        assert_eq!(log.count(&[line]), 1, "{}", log.text());
    }
}
