//! Tests: what is renamed in a folder, and what a cut leaves.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::lock::LOCK_FILE;
use crate::other_tool::LEDGER_FILE;
use crate::{load, seal};

/// A folder with these files; those before a `|` are sealed, if there is one.
fn folder(files: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |files: &str| {
        for file in files.split_whitespace() {
            fs::write(folder.path().join(file), format!("SELECT '{file}';")).expect("a file");
        }
    };
    match files.split_once('|') {
        None => write(files),
        Some((sealed, drafts)) => {
            write(sealed);
            seal(folder.path()).expect("no fault");
            write(drafts);
        }
    }
    folder
}

/// The migrations of a folder by name; what must not be left over is among them.
fn names(folder: &tempfile::TempDir) -> String {
    let entries = fs::read_dir(folder.path()).expect("a folder");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("a file").file_name()).collect();
    names.retain(|name| name != LOCK_FILE);
    names.sort();
    names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn run(folder: &tempfile::TempDir, only: &[&str]) -> Result<Renumbered, RenumberError> {
    run_knowing(folder, only, &Evidence::default())
}

fn run_knowing(
    folder: &tempfile::TempDir,
    only: &[&str],
    evidence: &Evidence,
) -> Result<Renumbered, RenumberError> {
    let only: Vec<MigrationName> = only.iter().map(|name| name.parse().expect("any text is one")).collect();
    renumber(folder.path(), &only, evidence, UNIX_EPOCH + Duration::from_secs(1_709_251_199))
}

#[track_caller]
fn check(files: &str, only: &[&str], expected: &str) {
    let folder = folder(files);
    let renumbered = run(&folder, only).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(names(&folder), expected);
    for (from, to) in &renumbered.renamed {
        let text = fs::read_to_string(folder.path().join(to)).expect("a file");
        assert_eq!(text, format!("SELECT '{from}';"), "not its own content");
    }
    load(folder.path()).expect("no fault is left");
    assert!(run(&folder, &[]).expect("no error").renamed.is_empty(), "twice");
}

#[track_caller]
fn check_refused(files: &str, only: &[&str], expected: &str) {
    let folder = folder(files);
    let before = names(&folder);
    let error = run(&folder, only).expect_err("an error").to_string();
    assert!(error.contains(expected) && error.contains("help: "), "{error}");
    assert_eq!(names(&folder), before);
}

#[test]
fn drafts_go_behind_what_is_sealed_with_all_their_files() {
    check("0001_a.sql |", &[], "0001_a.sql");
    check(
        "0001_a.sql 0002_b.sql | 0002_c.up.sql 0002_c.down.sql",
        &[],
        "0001_a.sql 0002_b.sql 0003_c.down.sql 0003_c.up.sql",
    );
    check(
        "0001_a.sql 0002_b.sql | 0002_c.sql 0003_d.sql",
        &[],
        "0001_a.sql 0002_b.sql 0003_c.sql 0004_d.sql",
    );
    // A down that was written later stays with its up.
    check("0001_a.up.sql 0002_b.sql | 0001_a.down.sql", &[], "0001_a.down.sql 0001_a.up.sql 0002_b.sql");
    check("0001_a.sql R_views.sql | R_more.sql", &[], "0001_a.sql R_more.sql R_views.sql");
    check("20240201000000_b.sql | 20240101000000_a.sql", &[], "20240201000000_b.sql 20240229235959_a.sql");
}

#[test]
fn one_that_is_named_goes_behind_all_others() {
    check("0001_a.sql 0002_b.sql 0002_c.sql", &["0002_b"], "0001_a.sql 0002_c.sql 0003_b.sql");
    check("0001_a.sql | 0002_b.sql 0002_c.sql", &["0002_b"], "0001_a.sql 0002_c.sql 0003_b.sql");
    for name in ["0002_b.sql", "migrations/0002_b.sql", "b"] {
        check("0001_a.sql 0002_b.sql 0002_c.sql", &[name], "0001_a.sql 0002_c.sql 0003_b.sql");
    }
    check_refused("0001_a.sql", &["0002_b"], "no migration is called \"0002_b\"");
    check_refused("0001_a.sql 0002_b.sql 0002_c.sql", &["2"], "0002_b, 0002_c");
    check_refused("0001_a.sql |", &["0001_a"], "`0001_a` is sealed");
    // Without a lock file and with timestamps, too.
    check(
        "20240101000000_a.up.sql 20240101000000_a.down.sql 20240201000000_b.sql",
        &["a"],
        "20240201000000_b.sql 20240229235959_a.down.sql 20240229235959_a.up.sql",
    );
}

#[test]
fn the_one_that_was_not_there_first_moves() {
    let known = |stems: &[(i64, &str)]| {
        Some(stems.iter().map(|&(version, name)| (version, name.to_owned())).collect())
    };
    let upstream = |stems| Evidence { upstream: known(stems), ..Evidence::default() };
    let applied = |stems| Evidence { applied: known(stems), ..Evidence::default() };
    for (files, evidence, expected) in [
        (
            "0001_a.sql | 0002_plans.sql 0002_teams.sql 0003_more.sql",
            upstream(&[(1, "a"), (2, "teams")]),
            "0001_a.sql 0002_teams.sql 0003_plans.sql 0004_more.sql",
        ),
        (
            "0001_a.sql 0002_plans.sql 0002_teams.sql",
            applied(&[(1, "a"), (2, "teams")]),
            "0001_a.sql 0002_teams.sql 0003_plans.sql",
        ),
        (
            "20240101000000_a.sql 20240201000000_b.sql",
            applied(&[(20_240_201_000_000, "b")]),
            "20240201000000_b.sql 20240229235959_a.sql",
        ),
    ] {
        let folder = folder(files);
        run_knowing(&folder, &[], &evidence).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(names(&folder), expected);
        load(folder.path()).expect("no fault is left");
    }
    check_refused(
        "0001_a.sql | 0002_plans.sql 0002_teams.sql",
        &[],
        "help: move the one that no database has applied: `migrate renumber 0002_plans` or `migrate renumber 0002_teams`",
    );
}

#[test]
fn gap_is_closed_or_refused() {
    check("0001_zzz.sql 0002_aaa.sql", &["zzz"], "0001_aaa.sql 0002_zzz.sql");
    check(
        "0001_a.sql | 0002_b.sql 0003_c.sql 0004_d.sql",
        &["b"],
        "0001_a.sql 0002_c.sql 0003_d.sql 0004_b.sql",
    );
    check(
        "0001_a.sql 0002_b.sql 0003_c.sql 0004_d.sql",
        &["b", "a"],
        "0001_c.sql 0002_d.sql 0003_a.sql 0004_b.sql",
    );
    check("0001_a.sql 0002_b.sql", &["b"], "0001_a.sql 0002_b.sql");
    let folder = folder("0001_zzz.sql 0002_aaa.sql");
    for known in [true, false] {
        let list = Some(vec![(2, "aaa".to_owned())]);
        let evidence = if known {
            Evidence { upstream: list, ..Evidence::default() }
        } else {
            Evidence { applied: list, moves_known: true, ..Evidence::default() }
        };
        let error = run_knowing(&folder, &["zzz"], &evidence).expect_err("an error").to_string();
        assert!(error.contains("a gap before `0002_aaa`"), "{error}");
        assert_eq!(names(&folder), "0001_zzz.sql 0002_aaa.sql");
    }
}

#[test]
fn named_one_stays_where_the_branch_or_a_database_has_it() {
    let files = "0001_a.sql 0002_plans.sql 0002_teams.sql";
    let list = |names: &[&str]| Some(names.iter().map(|name| (2, (*name).to_owned())).collect::<Vec<_>>());
    let evidence = |upstream: &[&str], applied: &[&str]| Evidence {
        upstream: list(upstream),
        applied: list(applied),
        ..Evidence::default()
    };
    let refused = |evidence: &Evidence| {
        run_knowing(&folder(files), &["plans"], evidence).err().map(|error| error.to_string())
    };
    let said = refused(&evidence(&["plans"], &[])).expect("an error");
    assert!(said.contains("is on the default branch"), "{said}");
    let said = refused(&evidence(&[], &["plans"])).expect("an error");
    assert!(said.contains("is applied: the database"), "{said}");
    let production = Evidence { is_production: true, moves_known: true, ..evidence(&[], &["plans"]) };
    assert!(refused(&production).expect("an error").contains("a production database has applied it"));
    for allowed in [
        Evidence { moves_known: true, ..evidence(&["plans"], &["plans"]) },
        // Both are upstream; or only the other one is, and the database is one's own.
        evidence(&["plans", "teams"], &[]),
        evidence(&["teams"], &["plans"]),
    ] {
        assert_eq!(refused(&allowed), None, "{allowed:?}");
    }
}

#[test]
fn imported_one_keeps_its_version() {
    let imported = |files: &str, stems: &[&str]| {
        let folder = folder(files);
        let line = |stem: &&str| format!("{stem}\t{stem}\t-\t{stem}.sql\n");
        let text = format!("# Imported from sqlx.\n{}", stems.iter().map(line).collect::<String>());
        fs::write(folder.path().join(LEDGER_FILE), text).expect("a file");
        folder
    };
    let left = |folder: &tempfile::TempDir| names(folder).replace(" migrate.import", "");
    for (files, stems, expected) in [
        (
            "20240101000000_a.sql 20240102000000_late.sql 20240103000000_cents.sql",
            &["20240101000000_a", "20240103000000_cents"][..],
            "20240101000000_a.sql 20240103000000_cents.sql 20240229235959_late.sql",
        ),
        // The alphabet would move the imported one.
        ("0001_a.sql 0002_b.sql 0002_c.sql", &["0001_a", "0002_c"], "0001_a.sql 0002_c.sql 0003_b.sql"),
    ] {
        let folder = imported(files, stems);
        run(&folder, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(left(&folder), expected);
        let error = run(&folder, &[stems[1]]).expect_err("an error").to_string();
        assert!(error.contains("is imported: `migrate.import` names it"), "{error}");
        assert_eq!(left(&folder), expected);
    }
    let broken = imported("0001_a.sql 0001_b.sql", &["what"]);
    assert!(run(&broken, &["a"]).expect_err("an error").to_string().contains("has no version"));
}

#[test]
fn what_a_killed_run_has_left_is_removed() {
    let folder = folder("0001_a.sql");
    let left = ["..migrate.renumber.4711", "..migrate.create.12", ".migrate.lock.9", ".0002_b.up.sql.3"];
    for file in left {
        fs::write(folder.path().join(file), "SEL").expect("a file");
    }
    fs::write(folder.path().join(".notes.sql.3"), "").expect("a file");
    run(&folder, &[]).expect("no error");
    assert_eq!(names(&folder), ".notes.sql.3 0001_a.sql");
}

#[test]
fn a_checkpoint_keeps_its_version() {
    let checkpoint = format!("-- migrate: checkpoint {}\nSELECT 1;", "0".repeat(64));
    let folder = folder("0001_a.sql 0002_b.sql | 0004_c.sql");
    fs::write(folder.path().join("0002_checkpoint.sql"), &checkpoint).expect("a file");
    assert_eq!(run(&folder, &[]).expect("no error").renamed, [("0004_c.sql".into(), "0003_c.sql".into())]);
    let error = run(&folder, &["0002_checkpoint"]).expect_err("an error").to_string();
    assert!(error.contains("`0002_checkpoint` is a checkpoint") && error.contains("help: "), "{error}");
}

#[test]
fn without_a_lock_file_one_has_to_be_named() {
    assert!(run(&folder("0001_a.sql 0002_b.sql"), &[]).expect("no error").renamed.is_empty());
    check_refused("0001_a.sql 0001_b.sql", &[], "`0001_a` and `0001_b` both have version 1, and nothing");
}

#[test]
fn nothing_is_renamed_where_the_order_is_not_known() {
    check_refused("0001_a.sql | 0001-b.sql", &[], "not followed by `_`");
    check_refused("0001_a.sql | 0001_b.sql 0001_b.SQL", &[], "ends with `.SQL`");
    check_refused(
        "0001_a.sql 0002_b.sql | 0002_c.sql 0002_c.up.sql 0003_c.sql",
        &[],
        "which is there already",
    );
    let edited = folder("0001_a.sql 0002_b.sql | 0002_c.sql");
    fs::write(edited.path().join("0001_a.sql"), "SELECT 2;").expect("a file");
    assert!(run(&edited, &[]).expect_err("an error").to_string().contains("was edited"));
    fs::remove_file(edited.path().join("0001_a.sql")).expect("a file");
    assert!(run(&edited, &[]).expect_err("an error").to_string().contains("was removed"));
}

#[test]
fn a_broken_draft_is_moved_too() {
    let folder = folder("0001_a.sql | 0001_b.sql");
    fs::write(folder.path().join("0001_b.sql"), "SELECT '").expect("a file");
    assert_eq!(run(&folder, &[]).expect("no error").renamed.len(), 1);
}

/// After each number of renames that were made before the cut.
#[test]
fn what_was_cut_is_finished() {
    let files = "0001_a.sql 0002_b.sql | 0002_c.up.sql 0002_c.down.sql 0003_d.up.sql 0003_d.down.sql";
    let whole = folder(files);
    let renames = run(&whole, &[]).expect("no error").renamed;
    assert_eq!(renames.len(), 4);
    for made in 0..=renames.len() {
        let cut = folder(files);
        let lines = journal::lines(&renames);
        fs::write(cut.path().join(".migrate.renumber"), lines).expect("a file");
        for (from, to) in &renames[..made] {
            fs::rename(cut.path().join(from), cut.path().join(to)).expect("a file");
        }
        let fault = load(cut.path()).expect_err("a fault").to_string();
        assert!(
            fault.contains("`migrate renumber` was cut") && fault.matches("help: ").count() == 1,
            "{fault}"
        );
        assert_eq!(seal(cut.path()).expect_err("a fault").to_string(), fault);
        let renumbered = run(&cut, &[]).expect("no error");
        assert_eq!((renumbered.finished, renumbered.renamed), (renames[made..].to_vec(), Vec::new()));
        assert_eq!(names(&cut), names(&whole));
    }
}

#[test]
fn a_journal_that_does_not_fit_is_not_followed() {
    let journal = |text: &str| {
        let folder = folder("0001_a.sql 0002_b.sql");
        fs::write(folder.path().join(".migrate.renumber"), text).expect("a file");
        run(&folder, &[]).expect_err("an error").to_string()
    };
    assert!(journal("0001_a.sql 0002_b.sql\n").contains("now there are both"));
    assert!(journal("0001_a.sql ../0002_b.sql\n").contains("not written by"));
    assert!(journal("what?\n").contains("not written by"));
}
