//! Tests: what is created beside what is there.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::lock::LOCK_FILE;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in files {
        fs::write(folder.path().join(file), "SELECT 1;").expect("a file");
    }
    folder
}

fn now() -> SystemTime {
    // 2024-02-29 23:59:59.
    UNIX_EPOCH + Duration::from_secs(1_709_251_199)
}

fn try_to(folder: &tempfile::TempDir, name: &str, shape: Option<Shape>) -> Result<Created, CreateError> {
    create(folder.path(), &Outline { name, style: None, shape }, now())
}

#[track_caller]
fn check(there: &[&str], name: &str, shape: Option<Shape>, expected: &[&str]) {
    let folder = folder(there);
    let created = try_to(&folder, name, shape).expect("no error");
    assert_eq!(created.files, expected.iter().map(|file| folder.path().join(file)).collect::<Vec<_>>());
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        there.len() + expected.len(),
        "a file was left"
    );
}

#[track_caller]
fn check_refused(there: &[&str], name: &str, shape: Option<Shape>, expected: &str) {
    let folder = folder(there);
    let error = try_to(&folder, name, shape).expect_err("an error").to_string();
    assert!(error.contains(expected) && error.contains("help: "), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), there.len(), "a file was left");
}

#[test]
fn the_files_are_what_the_folder_has() {
    check(&[], "Add users", None, &["0001_add_users.up.sql", "0001_add_users.down.sql"]);
    check(&["0001_a.sql"], "b", None, &["0002_b.sql"]);
    check(&["0001_a.up.sql"], "b", None, &["0002_b.sql"]);
    let mixed = ["0001_a.sql", "0002_b.up.sql", "0002_b.down.sql", "R_views.sql"];
    check(&mixed, "c", None, &["0003_c.up.sql", "0003_c.down.sql"]);
    check(&mixed, "c", Some(Shape::ForwardOnly), &["0003_c.sql"]);
    check(&mixed, "c", Some(Shape::Repeatable), &["R_c.sql"]);
    check(&["R_views.sql"], "views", None, &["0001_views.up.sql", "0001_views.down.sql"]);
    check(&["20240101000000_a.sql"], "b", None, &["20240229235959_b.sql"]);
}

#[test]
fn one_that_is_not_finished_is_no_obstacle() {
    let folder = folder(&[]);
    for (name, stem) in [("a", "0001_a"), ("b", "0002_b")] {
        assert_eq!(try_to(&folder, name, None).expect("no error").stem, stem);
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    check_refused(&["0001_a.sql"], "A", None, "`0001_a` is called `a` already");
    check_refused(&["R_a.sql"], "a", Some(Shape::Repeatable), "`R_a` is called `a` already");
    check_refused(&["0001-users.sql"], "b", None, "the version is not followed by `_`");
    check_refused(&["20240229235959_a.sql"], "b", None, "in this very second");
    check_refused(&[], "größe", None, "is no name for a migration");
}

#[test]
fn one_of_two_files_is_none() {
    let folder = folder(&[]);
    // The loader leaves this one alone, and so it is in the way.
    fs::create_dir(folder.path().join("0001_a.down.sql")).expect("a folder");
    let error = try_to(&folder, "a", None).expect_err("an error");
    assert!(matches!(error, CreateError::Faults(_) | CreateError::Exists { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "a file was left");
}

#[test]
fn settings_and_ledger_are_minded() {
    let with = |file: &str, text: &str| {
        let folder = folder(&[]);
        fs::write(folder.path().join(file), text).expect("a file");
        folder
    };
    let strict = with("migrate.toml", "require-down = true\n");
    let error = try_to(&strict, "a", Some(Shape::ForwardOnly)).expect_err("an error");
    assert!(matches!(error, CreateError::DownRequired));
    let created = try_to(&strict, "a", None).expect("no error");
    assert_eq!((created.files.len(), created.touched), (2, Some(strict.path().join("migrate.toml"))));

    let broken = with("migrate.toml", "require_down = true\n");
    assert!(matches!(try_to(&broken, "a", None), Err(CreateError::Faults(_))));

    // The file of this line was lost: its version is still taken.
    let sealed = with(LOCK_FILE, &format!("{}  0007_a.sql\n", "0".repeat(64)));
    let created = try_to(&sealed, "b", None).expect("no error");
    assert_eq!((&*created.stem, created.touched), ("0008_b", Some(sealed.path().join(LOCK_FILE))));
    assert_eq!(try_to(&folder(&[]), "b", None).expect("no error").touched, None);
}
