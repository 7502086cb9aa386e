//! Tests: what becomes of a folder and its archive, what a cut leaves, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::*;
use crate::lock::LOCK_FILE;
use crate::skip::skip;
use crate::{load, load_with_drafts, seal};

const SETTINGS: &str = "require-down = true # always\n";

/// What a text of a file is: a statement that no other file has, or nothing that is SQL.
fn text(file: &str) -> String {
    if file == "migrate.toml" { SETTINGS.to_owned() } else { format!("SELECT '{file}'; -- é\n") }
}

/// A project whose folder `migrations` has these files; those before a `|` are sealed, if there is one.
fn project(files: &str) -> tempfile::TempDir {
    let project = tempfile::tempdir().expect("a folder");
    fs::create_dir(migrations(&project)).expect("a folder");
    let write = |files: &str| {
        for file in files.split_whitespace() {
            fs::write(migrations(&project).join(file), text(file)).expect("a file");
        }
    };
    let (sealed, drafts) = files.split_once('|').unwrap_or(("", files));
    write(sealed);
    if !sealed.is_empty() {
        seal(&migrations(&project)).expect("no fault");
    }
    write(drafts);
    project
}

fn migrations(project: &tempfile::TempDir) -> PathBuf {
    project.path().join("migrations")
}

/// Every file below a folder, hidden ones too.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            let name = path.strip_prefix(folder).expect("below it").display().to_string();
            files.insert(name, fs::read_to_string(&path).expect("a text"));
        }
    }
    files
}

fn names(folder: &Path) -> String {
    tree(folder).into_keys().collect::<Vec<_>>().join(" ")
}

fn squash(project: &tempfile::TempDir, to: i64) -> Result<Squash, SquashError> {
    Squash::of(
        &migrations(project),
        &SquashRequest { to: &MigrationName::from(to), name: "checkpoint", archive: None },
        &(),
    )
}

const ALL: &str = "0001_a.up.sql 0001_a.down.sql 0002_b.up.sql 0002_b.down.sql 0003_c.up.sql 0003_c.down.sql \
                   R_views.sql migrate.toml | 0004_d.up.sql 0004_d.down.sql";

#[test]
fn both_folders_are_whole_and_nothing_is_lost() {
    let project = project(ALL);
    let folder = migrations(&project);
    let ledger =
        fs::read_to_string(folder.join(LOCK_FILE)).expect("a ledger").replacen('\n', "\n# Ours.\n", 1);
    fs::write(folder.join(LOCK_FILE), &ledger).expect("a file");
    let before = load(&folder).expect("no fault");

    let squash = squash(&project, 2).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((squash.stem(), squash.version()), ("0002_checkpoint", 2));
    let script = squash.script("SELECT 1;\n");
    let (after, archived) = (squash.after(&script, &()), squash.archived(&()));
    assert_eq!(names(project.path()).matches("checkpoint").count(), 0, "something was written");
    let done = squash.carry_out(&script).expect("no error");
    let archive = project.path().join("migrations-archive/0002");
    assert_eq!(done.archive.canonicalize().ok(), archive.canonicalize().ok());
    assert_eq!(done.moved, ["0001_a.up.sql", "0001_a.down.sql", "0002_b.up.sql", "0002_b.down.sql"]);
    assert_eq!(
        names(&folder),
        "0002_checkpoint.sql 0003_c.down.sql 0003_c.up.sql 0004_d.down.sql 0004_d.up.sql R_views.sql migrate.lock \
         migrate.toml"
    );
    assert_eq!(
        names(&archive),
        "0001_a.down.sql 0001_a.up.sql 0002_b.down.sql 0002_b.up.sql migrate.lock migrate.toml"
    );
    assert!(done.moved.iter().all(|file| tree(&archive)[file] == text(file)));

    let loaded = load_with_drafts(&folder, &()).expect("no fault");
    assert_eq!(Ok(&loaded), after.as_ref());
    assert_eq!(
        (loaded.has_lock, &*loaded.drafts),
        (true, &["0004_d.up.sql".to_owned(), "0004_d.down.sql".to_owned()][..])
    );
    let now = load_with_drafts(&archive, &()).expect("no fault");
    let shown = archived.expect("no fault");
    assert_eq!((now.has_lock, now.drafts.len()), (true, 0));
    assert_eq!(shown.set.in_folder(""), now.set.clone().in_folder(""));
    let stems = |set: &crate::MigrationSet| -> Vec<String> {
        set.iter().map(|migration| migration.stem().to_owned()).collect()
    };
    assert_eq!([stems(&now.set), stems(&loaded.set)[1..].to_vec()].concat(), stems(&before));
    let kept = &tree(&folder)[LOCK_FILE];
    assert_eq!(kept.lines().filter(|line| ledger.contains(line)).count(), 4, "{kept}");
    assert!(kept.contains("\n# Ours.\n") && kept.contains("  0002_checkpoint.sql\n"), "{kept}");
    for folder in [&folder, &archive] {
        let check =
            Command::new("sha256sum").args(["-c", "--strict", LOCK_FILE]).current_dir(folder).output();
        match check {
            Ok(output) => assert!(output.status.success(), "{}", folder.display()),
            Err(_) => skip("sha256sum", "it is not asked about the ledgers"),
        }
    }
    assert!(finish_squash(&folder).expect("no error").is_none());
}

#[test]
fn without_a_ledger_and_with_timestamps() {
    let project = project("20240101000000_a.sql 20240102000000_b.sql 20240103000000_c.sql");
    let squash = squash(&project, 20_240_102_000_000).expect("no error");
    squash.carry_out(&squash.script("SELECT 1;\n")).expect("no error");
    assert_eq!(names(&migrations(&project)), "20240102000000_checkpoint.sql 20240103000000_c.sql");
    let archive = project.path().join("migrations-archive/20240102000000");
    assert_eq!(names(&archive), "20240101000000_a.sql 20240102000000_b.sql");
    assert!(load(&archive).is_ok() && load(&migrations(&project)).is_ok());
}

/// After each number of acts that were taken before the cut.
#[test]
fn what_was_cut_is_finished() {
    let whole = project(ALL);
    let squash_of = |project: &tempfile::TempDir| squash(project, 3).expect("no error");
    let script = squash_of(&whole).script("SELECT 1;\n");
    squash_of(&whole).carry_out(&script).expect("no error");
    let original = tree(&migrations(&project(ALL)));
    let count = squash_of(&project(ALL)).journal(&script).acts().len();
    assert!(count > 15);
    for taken in 0..=count {
        let cut = project(ALL);
        let folder = migrations(&cut);
        let journal = squash_of(&cut).journal(&script);
        journal.write(&folder).expect("no error");
        durable::create_folder(&journal.archive).expect("no error");
        for act in &journal.acts()[..taken] {
            journal.take(&folder, *act).expect("no error");
        }
        let found = tree(cut.path());
        let is_there =
            |(name, text): (&String, &String)| name == LOCK_FILE || found.values().any(|found| found == text);
        assert!(original.iter().all(is_there), "something is lost after {taken} acts");
        assert_eq!(squash(&cut, 3).is_err(), taken < count || !folder.join("0003_c.up.sql").exists());
        // What was written in part goes, and what somebody else has there stays.
        let in_part = [
            "migrations-archive/0003/.0001_a.up.sql.1",
            "migrations-archive/0003/.migrate.lock.12",
            "migrations/.0003_checkpoint.sql.123",
            "migrations/..migrate.squash.1234",
        ];
        let others = ["migrations/.0004_d.up.sql.swp", "migrations/.0004_d.up.sql.1"];
        for file in in_part.iter().chain(&others) {
            fs::write(cut.path().join(file), "SEL").expect("a file");
        }
        let finished = finish_squash(&folder).expect("no error");
        assert_eq!(finished.is_none(), taken == count);
        for file in in_part {
            // Nobody looks for it where nothing is to be finished.
            let is_there = cut.path().join(file).exists();
            assert_eq!(is_there, taken == count && fs::remove_file(cut.path().join(file)).is_ok(), "{file}");
        }
        for file in others {
            fs::remove_file(cut.path().join(file)).expect("it is there still");
        }
        assert_eq!(tree(cut.path()), tree(whole.path()), "after {taken} acts");
        assert!(finish_squash(&folder).expect("no error").is_none());
    }
}

#[test]
fn what_was_cut_is_finished_where_its_project_was_moved_to() {
    let cut = project(ALL);
    let squash = squash(&cut, 3).expect("no error");
    let journal = squash.journal(&squash.script("SELECT 1;\n"));
    journal.write(&migrations(&cut)).expect("no error");
    durable::create_folder(&journal.archive).expect("no error");
    journal.take(&migrations(&cut), journal.acts()[0]).expect("no error");
    let moved = tempfile::tempdir().expect("a folder");
    let now = moved.path().join("moved");
    fs::rename(cut.path(), &now).expect("moved");
    let finished = finish_squash(&now.join("migrations")).expect("no error").expect("it was cut");
    assert_eq!(finished.archive, now.canonicalize().expect("it is there").join("migrations-archive/0003"));
    assert!(!cut.path().exists() && load(&finished.archive).is_ok() && load(&now.join("migrations")).is_ok());
}

#[test]
fn a_cut_that_somebody_has_worked_on_since() {
    let cut = |change: &dyn Fn(&Path)| {
        let project = project(ALL);
        let squash = squash(&project, 2).expect("no error");
        let journal = squash.journal("SELECT 1;\n");
        journal.write(&squash.folder).expect("no error");
        durable::create_folder(&journal.archive).expect("no error");
        journal.take(&squash.folder, journal.acts()[0]).expect("no error");
        change(&squash.folder);
        let error = finish_squash(&squash.folder).expect_err("an error").to_string();
        assert!(error.contains("\nhelp: "), "{error}");
        (error, names(&squash.folder))
    };
    let (error, _) = cut(&|folder| fs::write(folder.join("0001_a.up.sql"), "SELECT 2;").expect("a file"));
    assert!(error.contains("`0001_a.up.sql` to ") && error.contains("now the two differ"), "{error}");
    let (error, left) = cut(&|folder| fs::remove_file(folder.join("0002_b.up.sql")).expect("a file"));
    assert!(error.contains("before it had moved `0002_b.up.sql`, which is gone"), "{error}");
    assert!(left.contains("0001_a.up.sql") && !left.contains("checkpoint"), "{left}");
    for journal in ["what?\n\n", "archive /x\nmove ../0001_a.sql\n\n", "archive /x\n\nSELECT 1;"] {
        let (error, _) = cut(&|folder| fs::write(folder.join(journal::FILE), journal).expect("a file"));
        assert!(error.contains("not written by `migrate squash`"), "{error}");
    }
}

/// Whoever comes before it is finished learns that, and nothing else, and changes nothing.
#[test]
fn what_was_cut_keeps_others_away() {
    let project = project(ALL);
    let folder = migrations(&project);
    let squash = squash(&project, 3).expect("no error");
    let journal = squash.journal("SELECT 1;\n");
    journal.write(&folder).expect("no error");
    durable::create_folder(&journal.archive).expect("no error");
    let is_checkpoint = |act: &act::Act<'_>| *act == act::Act::Checkpoint;
    let until = journal.acts().iter().position(is_checkpoint).expect("it is there") + 1;
    for act in &journal.acts()[..until] {
        journal.take(&folder, *act).expect("no error");
    }
    let before = tree(project.path());
    let now = std::time::SystemTime::now();
    let outline = crate::Outline { name: "new", style: None, shape: None };
    for error in [
        load(&folder).expect_err("a fault").to_string(),
        seal(&folder).expect_err("a fault").to_string(),
        crate::renumber(&folder, &[], &crate::Evidence::default(), now).expect_err("a fault").to_string(),
        crate::renumber(&folder, &[MigrationName::from(4)], &crate::Evidence::default(), now)
            .expect_err("a fault")
            .to_string(),
        create(&folder, &outline, now).expect_err("a fault").to_string(),
        squash.carry_out("SELECT 1;\n").expect_err("a fault").to_string(),
    ] {
        assert!(
            error.contains("`migrate squash` was cut") && error.contains("again with any `--to`"),
            "{error}"
        );
        assert_eq!(error.matches("help: ").count(), 1, "{error}");
    }
    assert_eq!(tree(project.path()), before);

    // What an older `renumber` did all the same.
    let refused = |expected: &str| {
        let before = tree(project.path());
        let error = finish_squash(&folder).expect_err("an error").to_string();
        assert!(error.contains(expected) && error.contains("nothing was changed"), "{error}");
        assert_eq!(tree(project.path()), before);
    };
    let rename = |from: &str, to: &str| fs::rename(folder.join(from), folder.join(to)).expect("a file");
    rename("0001_a.up.sql", "0005_a.up.sql");
    refused("`0001_a.up.sql`, which it moves, was renamed to `0005_a.up.sql`");
    rename("0005_a.up.sql", "0001_a.up.sql");
    fs::write(folder.join("0002_new.sql"), "SELECT 2;").expect("a file");
    refused("there is `0002_new.sql`, whose version");
    rename("0002_new.sql", "0005_new.sql");
    rename("0002_b.up.sql", "../0002_b.up.sql");
    refused("before it had moved `0002_b.up.sql`, which is gone");
    rename("../0002_b.up.sql", "0002_b.up.sql");
    fs::write(folder.join("0003_checkpoint.sql"), "SELECT 2;").expect("a file");
    refused("`0003_checkpoint.sql` was edited");
    fs::remove_file(folder.join("0003_checkpoint.sql")).expect("a file");
    fs::remove_file(journal.archive.join("0003_c.up.sql")).expect("a file");
    fs::write(folder.join("0003_c.up.sql"), "SELECT 3;").expect("a file");
    // What is removed by hand is no longer sealed, and so this is the ledger as it was before.
    let ledger = folder.join(LOCK_FILE);
    let sealed = tree(&migrations(&self::project(ALL)))[LOCK_FILE].clone();
    fs::write(&ledger, sealed).expect("a file");
    refused("`0003_c.up.sql` was edited");
    fs::write(folder.join("0003_c.up.sql"), text("0003_c.up.sql")).expect("a file");
    finish_squash(&folder).expect("no error").expect("something to finish");
    assert_eq!(
        names(&folder),
        "0003_checkpoint.sql 0004_d.down.sql 0004_d.up.sql 0005_new.sql R_views.sql migrate.lock migrate.toml"
    );
}

#[test]
fn each_history_goes_on_in_the_next_checkpoint() {
    let project = project("0001_a.sql 0002_b.sql 0003_c.sql | 0004_d.sql 0005_e.sql");
    let original = load(&migrations(&project)).expect("no fault");
    let first = squash(&project, 2).expect("no error");
    first.carry_out(&first.script("SELECT 1;\n")).expect("no error");
    seal(&migrations(&project)).expect("no fault");
    let from_checkpoint = load(&migrations(&project)).expect("no fault");
    let second = squash(&project, 4).expect("no error");
    second.carry_out(&second.script("SELECT 2;\n")).expect("no error");
    let set = load(&migrations(&project)).expect("no fault");
    let digest = |set: &crate::MigrationSet| digests(set.iter().take_while(|one| one.version() <= 4))[0];
    let checkpoint = set.checkpoint().expect("a checkpoint");
    assert_eq!(checkpoint.up().digests(), [digest(&from_checkpoint), digest(&original)]);
    assert_eq!(
        names(&project.path().join("migrations-archive")),
        "0002/0001_a.sql 0002/0002_b.sql 0002/migrate.lock \
        0004/0002_checkpoint.sql 0004/0003_c.sql 0004/0004_d.sql 0004/migrate.lock"
    );
    assert!(load(&project.path().join("migrations-archive/0004")).is_ok());
}

#[track_caller]
fn check_refused(files: &str, request: &SquashRequest<'_>, expected: &str) {
    let project = project(files);
    fs::create_dir_all(project.path().join("taken/x")).expect("a folder");
    let before = tree(project.path());
    let archive = request.archive.map(|archive| project.path().join(archive));
    let request = SquashRequest { archive: archive.as_deref(), ..*request };
    let error = Squash::of(&migrations(&project), &request, &()).expect_err("an error").to_string();
    assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
    assert_eq!(tree(project.path()), before);
}

#[test]
fn what_is_refused() {
    let request = SquashRequest { to: &MigrationName::from(2), name: "checkpoint", archive: None };
    let archive = |path: &'static str| SquashRequest { archive: Some(Path::new(path)), ..request };
    let all = "0001_a.sql 0002_b.sql |0003_c.sql";
    check_refused(
        all,
        &SquashRequest { to: &MigrationName::from(7), ..request },
        "7 is not a version of this folder, whose newest migration is 0003_c",
    );
    check_refused(
        all,
        &SquashRequest { to: &MigrationName::from(1), ..request },
        "0001_a is the only migration",
    );
    check_refused(all, &SquashRequest { to: &MigrationName::from(3), ..request }, "not sealed: 0003_c.sql");
    check_refused("0001_a.up.sql 0002_b.sql |0001_a.down.sql", &request, "not sealed: 0001_a.down.sql");
    check_refused(
        all,
        &SquashRequest { name: "größe", ..request },
        "`größe` cannot be the name of the checkpoint: ",
    );
    check_refused(all, &SquashRequest { name: "B", ..request }, "`0002_b` has the description `b` already");
    check_refused(all, &SquashRequest { name: "c", ..request }, "`0003_c` has the description `c` already");
    check_refused(
        all,
        &archive("migrations/old"),
        "the archive would be inside the folder of the migrations",
    );
    check_refused(all, &archive("migrations"), "the archive would be inside the folder of the migrations");
    check_refused(
        all,
        &archive("x/../migrations/y"),
        "the archive would be inside the folder of the migrations",
    );
    check_refused(all, &archive("taken"), "there is something already where the archive would be");
    check_refused(all, &archive("a\nb"), "has control characters in it");
    check_refused("0001_a.sql 0003_c.sql", &request, "the sequence has a gap");

    let project = project("0001_a.sql 0002_b.sql");
    fs::write(migrations(&project).join("0001_a.sql"), "-- migrate: function\n").expect("a file");
    let error = squash(&project, 2).expect_err("an error").to_string();
    assert!(error.contains("migrations in Rust, whose effect no SQL can repeat: 0001_a.sql"), "{error}");
}

#[test]
fn a_folder_that_is_changed_meanwhile() {
    let project = project(ALL);
    let squash = squash(&project, 2).expect("no error");
    fs::write(migrations(&project).join("0005_e.up.sql"), "SELECT 5;").expect("a file");
    let before = tree(project.path());
    assert!(matches!(squash.carry_out("SELECT 1;"), Err(SquashError::Changed { .. })));
    assert_eq!(tree(project.path()), before);
}
