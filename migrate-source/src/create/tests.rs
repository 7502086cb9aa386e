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
    check(&[], "Add users", None, &["20240229235959_add_users.up.sql", "20240229235959_add_users.down.sql"]);
    check(&["0001_a.sql"], "b", None, &["0002_b.sql"]);
    check(&["0001_a.up.sql"], "b", None, &["0002_b.sql"]);
    let mixed = ["0001_a.sql", "0002_b.up.sql", "0002_b.down.sql", "R_views.sql"];
    check(&mixed, "c", None, &["0003_c.up.sql", "0003_c.down.sql"]);
    check(&mixed, "c", Some(Shape::ForwardOnly), &["0003_c.sql"]);
    check(&mixed, "c", Some(Shape::Repeatable), &["R_c.sql"]);
    check(&["R_views.sql"], "views", None, &["20240229235959_views.up.sql", "20240229235959_views.down.sql"]);
    check(&["20240101000000_a.sql"], "b", None, &["20240229235959_b.sql"]);
}

#[test]
fn one_that_is_not_finished_is_no_obstacle() {
    let folder = folder(&[]);
    // In one second, as two people may on one machine: no file is overwritten.
    for (name, stem) in [("a", "20240229235959_a"), ("b", "20240301000000_b"), ("c", "20240301000001_c")] {
        let created = try_to(&folder, name, None).expect("no error");
        assert_eq!((&*created.stem, created.behind), (stem, None));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 6);
}

#[test]
fn what_is_there_is_not_overwritten() {
    check_refused(&["0001_a.sql"], "A", None, "`0001_a` is called `a` already");
    check_refused(&["R_a.sql"], "a", Some(Shape::Repeatable), "`R_a` is called `a` already");
    check_refused(&["0001-users.sql"], "b", None, "the version is not followed by `_`");
    check_refused(&[], "größe", None, "cannot name a migration");
}

#[test]
fn one_of_two_files_is_none() {
    let folder = folder(&[]);
    // The loader leaves this one alone, and so it is in the way.
    fs::create_dir(folder.path().join("20240229235959_a.down.sql")).expect("a folder");
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

    let numbered = with("migrate.toml", "versions = \"sequence\"\n");
    assert_eq!(try_to(&numbered, "a", None).expect("no error").stem, "0001_a");

    let broken = with("migrate.toml", "require_down = true\n");
    assert!(matches!(try_to(&broken, "a", None), Err(CreateError::Faults(_))));

    // The file of this line was lost: its version is still taken.
    let sealed = with(LOCK_FILE, &format!("{}  0007_a.sql\n", "0".repeat(64)));
    let created = try_to(&sealed, "b", None).expect("no error");
    assert_eq!((&*created.stem, created.touched), ("0008_b", Some(sealed.path().join(LOCK_FILE))));
    assert_eq!(try_to(&folder(&[]), "b", None).expect("no error").touched, None);
}

/// What `create_all` would write, a migration each.
fn contents<'a>(names: &[&'a str], up: &'a str) -> Vec<Content<'a>> {
    names.iter().map(|name| Content { name, up, down: Some("DROP TABLE a;") }).collect()
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// What is in a folder before anything is planned on it.
fn planned(folder: &tempfile::TempDir) -> MigrationSet {
    load(folder.path()).unwrap_or(MigrationSet::EMPTY)
}

/// Two processes plan on one folder, and both write: the change would be made twice.
#[test]
fn nothing_is_written_where_the_folder_was_changed_since() {
    type Change = fn(&Path);
    let changes: [Change; 4] = [
        |folder| fs::write(folder.join("0003_c.sql"), "SELECT 3;").expect("a file"),
        |folder| fs::write(folder.join("0002_b.sql"), "SELECT 4;").expect("a file"),
        |folder| fs::write(folder.join("R_views.sql"), "SELECT 4;").expect("a file"),
        |folder| fs::remove_file(folder.join("0002_b.sql")).expect("a file"),
    ];
    for change in changes {
        let folder = folder(&["0001_a.sql", "0002_b.sql"]);
        let planned = planned(&folder);
        change(folder.path());
        let before = names(&folder);
        let write = |planned: &MigrationSet| {
            create_all(folder.path(), &contents(&["x"], "SELECT 1;"), planned, &(), now())
        };
        let error = write(&planned).expect_err("an error");
        assert!(matches!(error, CreateError::Changed { .. }), "{error}");
        assert_eq!(names(&folder), before);
    }
    // The first migration of a folder.
    let folder = folder(&[]);
    let write =
        || create_all(folder.path(), &contents(&["x"], "SELECT 1;"), &MigrationSet::EMPTY, &(), now());
    write().expect("no error");
    assert!(matches!(write(), Err(CreateError::Changed { .. })));
}

#[test]
fn several_have_a_second_each() {
    // One is there of this second, and of the next.
    let folder = folder(&["20240229235959_a.sql", "20240301000000_b.sql"]);
    let contents = contents(&["c", "c 2", "c 3"], "SELECT 1;");
    let created = create_all(folder.path(), &contents, &planned(&folder), &(), now());
    let stems: Vec<String> = created.expect("no error").into_iter().map(|created| created.stem).collect();
    assert_eq!(stems, ["20240301000001_c", "20240301000002_c_2", "20240301000003_c_3"]);
    assert_eq!(load(folder.path()).expect("no fault").len(), 5);
}

#[test]
fn several_are_written_together_or_not_at_all() {
    let taken = ["0001_c_2.sql"];
    for (there, up, expected) in [
        // Of the second one the description is taken; and what is written would not load.
        (&taken[..], "SELECT 1;", "is called `c_2` already"),
        (&[][..], "SELECT '", "never closed"),
        (
            &["0001_a.sql", "20240101000000_b.sql"][..],
            "SELECT 1;",
            "that of `20240101000000_b.sql` is a timestamp",
        ),
    ] {
        let folder = folder(there);
        let error = create_all(folder.path(), &contents(&["c", "c 2"], up), &planned(&folder), &(), now());
        let error = error.expect_err("an error").to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(names(&folder), there, "a file was left");
    }
}

#[test]
fn a_down_is_never_empty() {
    let folder = folder(&[]);
    let content = |name, down| Content { name, up: "SELECT 1;", down };
    let all =
        [content("a", Some("")), content("b", Some("-- migrate: no-transaction\n\n")), content("c", None)];
    create_all(folder.path(), &all, &MigrationSet::EMPTY, &(), now()).expect("no error");
    assert_eq!(names(&folder).len(), 5);
    let set = load(folder.path()).expect("no fault");
    let downs: Vec<bool> = set.iter().map(|migration| migration.down().is_some()).collect();
    assert_eq!(downs, [true, true, false]);
}

/// After each number of files that were written before the cut.
#[test]
fn what_was_cut_is_finished() {
    let files: Vec<(String, String)> =
        ["0001_a.up.sql", "0001_a.down.sql", "0002_b.up.sql", "0002_b.down.sql"]
            .map(|file| (file.to_owned(), format!("SELECT '{file} é\n';\n")))
            .into();
    for written in 0..=files.len() {
        let cut = folder(&[]);
        fs::write(cut.path().join(unfinished::CREATE), journal::text(&files)).expect("a file");
        for (file, text) in &files[..written] {
            fs::write(cut.path().join(file), text).expect("a file");
        }
        // What a killed process leaves of the next one.
        fs::write(cut.path().join(".0002_b.up.sql.17"), "SEL").expect("a file");
        let fault = load(cut.path()).expect_err("a fault").to_string();
        assert!(fault.contains("was cut") && fault.contains("[M0116]"), "{fault}");
        assert!(matches!(try_to(&cut, "c", None), Err(CreateError::Faults(_))));

        let finished = finish_create(cut.path()).expect("no error").expect("what was cut");
        assert_eq!(finished.len(), files.len() - written);
        for (file, text) in &files {
            assert_eq!(fs::read_to_string(cut.path().join(file)).expect("a file"), *text);
        }
        assert_eq!(names(&cut).len(), files.len());
        assert_eq!(load(cut.path()).expect("no fault").len(), 2);
        assert_eq!(finish_create(cut.path()).expect("no error"), None);
    }
}

#[test]
fn a_journal_that_does_not_fit_is_not_followed() {
    for text in ["what?\n", "../0001_a.sql 1\n;\n", "0001_a.sql 9\n;\n", "0001_a.sql 1\n;", "0001_a.sql 1"] {
        let folder = folder(&[]);
        fs::write(folder.path().join(unfinished::CREATE), text).expect("a file");
        assert!(matches!(finish_create(folder.path()), Err(CreateError::Journal { .. })), "{text}");
        assert_eq!(names(&folder), [unfinished::CREATE]);
    }
    // What is there with another text is somebody's.
    let folder = folder(&["0001_a.sql"]);
    fs::write(folder.path().join(unfinished::CREATE), "0001_a.sql 9\nSELECT 2;\n").expect("a file");
    assert_eq!(finish_create(folder.path()).expect("no error"), Some(Vec::new()));
    assert_eq!(fs::read_to_string(folder.path().join("0001_a.sql")).expect("a file"), "SELECT 1;");
}
