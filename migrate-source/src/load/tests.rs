//! Tests: the faults of folders that no checkout can hold, and which fault hides another one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::Code;

use super::*;

/// The kinds of fault of a folder that a function furnishes: those that no checkout can hold.
fn kinds(furnish: impl FnOnce(&Path)) -> Vec<FaultKind> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("0001_a.sql"), "SELECT 1;").expect("a file");
    furnish(folder.path());
    let faults = load(folder.path()).expect_err("faults");
    faults.iter().map(|fault| fault.kind().clone()).collect()
}

#[test]
fn a_fault_hides_no_other_that_it_does_not_explain() {
    let write = |folder: &Path, names: &[&str]| {
        for name in names {
            fs::write(folder.join(name), format!("SELECT '{name}';")).expect("a file");
        }
    };
    let is_duplicate = |kind: &FaultKind| matches!(kind, FaultKind::DuplicateVersion { .. });
    let found = kinds(|folder| {
        write(folder, &["0002_b.sql", "0002_c.sql"]);
        fs::write(folder.join("0004_d.sql"), "SELECT 'x").expect("a file");
    });
    let is_gap = |kind: &FaultKind| matches!(kind, FaultKind::Gap { .. });
    assert!(found.len() == 3 && found.iter().any(is_duplicate) && found.iter().any(is_gap), "{found:?}");
    // A draft beside a sealed file explains its own version only.
    let found = kinds(|folder| {
        write(folder, &["0002_b.sql"]);
        crate::seal(folder).expect("no fault");
        write(folder, &["0002_z.sql", "0003_d.sql", "0003_e.sql"]);
    });
    assert_eq!((found.len(), found.iter().filter(|kind| is_duplicate(kind)).count()), (2, 1), "{found:?}");
    // So does a sealed file that was renamed; a draft beside that one needs no second fault.
    for (drafts, duplicates) in [(["0004_d.sql", "0004_e.sql"], 1), (["0002_y.sql", "0003_d.sql"], 0)] {
        let found = kinds(|folder| {
            write(folder, &["0002_b.sql"]);
            crate::seal(folder).expect("no fault");
            fs::rename(folder.join("0002_b.sql"), folder.join("0002_x.sql")).expect("renamed");
            write(folder, &drafts);
        });
        let count = found.iter().filter(|kind| is_duplicate(kind)).count();
        assert_eq!(count, duplicates, "{found:?}");
    }
}

/// Also where one of the two is sealed: another version for the other one would make the change twice.
#[test]
fn one_migration_in_two_files_is_to_lose_one() {
    for seals in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("0001_a.sql"), "SELECT 1;").expect("a file");
        if seals {
            crate::seal(folder.path()).expect("no fault");
        }
        fs::write(folder.path().join("0001_a.up.sql"), "SELECT 1;").expect("a file");
        let faults = load(folder.path()).expect_err("faults").to_string();
        assert!(faults.contains("both have version 1"), "{faults}");
        let help = "help: these are one migration in two files: keep `0001_a.up.sql` or `0001_a.sql`, and remove the other";
        assert!(faults.contains(help) && faults.matches("help: ").count() == 1, "{faults}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let faults = load(Path::new("/nowhere/migrations")).expect_err("a fault");
    let faults: Vec<&FaultKind> = faults.iter().map(Fault::kind).collect();
    assert_eq!(faults, [&FaultKind::FolderMissing]);
}

#[test]
fn a_file_that_is_too_large_for_a_message() {
    let found = kinds(|folder| {
        let file = File::create(folder.join("0002_b.sql")).expect("a file");
        file.set_len(512 * 1024 * 1024 + 1).expect("a hole");
    });
    assert_eq!(found, [FaultKind::TooLarge]);
}

#[test]
fn links_out_of_the_folder_are_followed_where_the_settings_say_so() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let put = |folder: &Path, name: &str, text: &str| {
        fs::write(elsewhere.path().join(name), text).expect("a file");
        symlink(elsewhere.path().join(name), folder.join(name)).expect("a link");
    };
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "0001_a.sql", "SELECT 1;");
    put(folder.path(), "migrate.toml", "require-down = false\n");
    put(folder.path(), "migrate.lock", "# Nothing is sealed.\n");
    let codes = || {
        let faults = load(folder.path()).err().into_iter();
        faults.flat_map(|faults| faults.iter().map(Fault::code).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(codes(), [Code::M0107, Code::M0106, Code::M0107]);
    let settings = elsewhere.path().join("migrate.toml");
    fs::write(&settings, "links = \"follow\"\n").expect("a file");
    let loaded = load_with_drafts(folder.path(), &()).expect("no fault");
    assert_eq!(
        (loaded.set.len(), loaded.has_lock, &*loaded.drafts),
        (1, true, &["0001_a.sql".to_owned()][..])
    );
    // The lock file stays the link that it is.
    crate::seal(folder.path()).expect("no fault");
    let lock = fs::symlink_metadata(folder.path().join("migrate.lock")).expect("a file");
    assert!(lock.is_symlink() && load_with_drafts(folder.path(), &()).expect("no fault").drafts.is_empty());
    // What is no file at the end of a link is none still.
    symlink("/dev/null", folder.path().join("0002_b.sql")).expect("a link");
    symlink("nowhere", folder.path().join("0003_c.sql")).expect("a link");
    assert_eq!(codes(), [Code::M0106, Code::M0115]);
    // Another fault of the settings brings no faults of links with it.
    fs::remove_file(folder.path().join("0002_b.sql")).expect("a file");
    fs::remove_file(folder.path().join("0003_c.sql")).expect("a file");
    fs::write(&settings, "links = \"follow\"\nrequire-down = 1\n").expect("a file");
    assert_eq!(codes().len(), 1);
}

/// Something in the place of `0002_b.sql`, or of `migrate.lock`.
struct Odd {
    make: fn(&Path),
    message: &'static str,
}

#[test]
fn names_what_stands_in_the_place_of_a_file() {
    let cases = [
        Odd {
            make: |folder| drop(UnixListener::bind(folder.join("0002_b.sql")).expect("a socket")),
            message: "this is a socket, not a file",
        },
        Odd { make: |folder| pipe(&folder.join("0002_b.sql")), message: "this is a pipe, not a file" },
        Odd {
            make: |folder| {
                pipe(&folder.join("pipe"));
                symlink("pipe", folder.join("0002_b.sql")).expect("a link");
            },
            message: "this is a symbolic link to a pipe, not a file",
        },
        Odd {
            make: |folder| {
                fs::create_dir(folder.join("inner")).expect("a folder");
                symlink("inner", folder.join("0002_b.sql")).expect("a link");
            },
            message: "this is a symbolic link to a folder, not a file",
        },
        Odd {
            make: |folder| symlink("/dev/null", folder.join("0002_b.sql")).expect("a link"),
            message: "the symbolic link to `/dev/null` leads out of the folder",
        },
        Odd {
            make: |folder| symlink("no\nwhere", folder.join("0002_b.sql")).expect("a link"),
            message: "the symbolic link to `no\\nwhere` leads nowhere",
        },
        Odd {
            make: |folder| symlink("0001_a.sql/x", folder.join("0002_b.sql")).expect("a link"),
            message: "the symbolic link to `0001_a.sql/x` leads nowhere",
        },
        Odd {
            make: |folder| {
                symlink("0002_c.sql", folder.join("0002_b.sql")).expect("a link");
                symlink("0002_b.sql", folder.join("0002_c.sql")).expect("a link");
            },
            message: "the symbolic link to `0002_c.sql` cannot be followed: ",
        },
        Odd {
            make: |folder| {
                fs::write(folder.join("ledger.txt"), "# Nothing is sealed.\n").expect("a file");
                symlink("ledger.txt", folder.join(lock::LOCK_FILE)).expect("a link");
            },
            message: "this is a symbolic link, not a file",
        },
    ];
    for Odd { make, message } in cases {
        let found = kinds(make);
        assert!(found[0].to_string().starts_with(message), "{message}: {found:?}");
    }
}

/// A named pipe that nothing writes to: whoever opens it waits for ever.
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo, of POSIX").success());
}

#[test]
fn a_file_that_may_not_be_read() {
    let mut may_be_read = false;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("0001_a.sql"), "SELECT 1;").expect("a file");
    fs::set_permissions(folder.path().join("0001_a.sql"), fs::Permissions::from_mode(0o0))
        .expect("permissions");
    // Root reads it all the same.
    may_be_read |= File::open(folder.path().join("0001_a.sql")).is_ok();
    let found = load(folder.path()).map_err(|faults| faults.iter().map(Fault::code).collect::<Vec<_>>());
    assert_eq!(found.map(|set| set.len()), if may_be_read { Ok(1) } else { Err(vec![Code::M0103]) });
}

#[test]
fn a_folder_that_is_a_link_to_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    symlink("nowhere", folder.path().join("migrations")).expect("a link");
    let faults = load(&folder.path().join("migrations")).expect_err("a fault");
    assert_eq!(faults.code(), Code::M0115);
}

#[test]
fn a_name_that_is_not_utf_8() {
    // Some file systems refuse it, and then there is nothing to find.
    let name = OsStr::from_bytes(b"0002_\xff.sql");
    let mut made = false;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("0001_a.sql"), "SELECT 1;").expect("a file");
    made |= fs::write(folder.path().join(name), "SELECT 1;").is_ok();
    assert_eq!(load(folder.path()).is_err(), made);
}

#[test]
fn a_link_inside_the_folder_is_followed_and_other_files_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("0001_a.sql", "SELECT 1;");
    write("migrate.lock", "# Nothing is sealed.\n");
    write("README.sql", "'");
    write(".draft.sql", "'");
    write("schema.rb", "'");
    symlink("0001_a.sql", folder.path().join("0002_b.sql")).expect("a link");
    let set = load(folder.path()).expect("no fault");
    let stems: Vec<&str> = set.iter().map(|migration| migration.stem()).collect();
    assert_eq!(stems, ["0001_a", "0002_b"]);
}

#[test]
fn repeatable_migrations_come_last_and_the_rules_of_versions_are_not_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("migrate.toml", "require-down = true");
    for name in ["R_views_b.sql", "R_views.sql", "R_1.sql"] {
        write(name, "SELECT 1;");
    }
    let set = load(folder.path()).expect("no fault");
    assert_eq!((set.len(), set.iter().count(), set.is_empty()), (0, 0, false));

    for name in ["0001_views.up.sql", "0001_views.down.sql"] {
        write(name, "SELECT 1;");
    }
    let set = load(folder.path()).expect("no fault");
    assert_eq!(set.iter().map(|migration| migration.stem()).collect::<Vec<_>>(), ["0001_views"]);
    let without = set.without_repeatables();
    for name in ["R_views_b.sql", "R_views.sql", "R_1.sql"] {
        fs::remove_file(folder.path().join(name)).expect("a file");
    }
    assert_eq!(load(folder.path()), Ok(without));
    let repeatables: Vec<&str> = set.repeatables().map(|migration| migration.stem()).collect();
    assert_eq!(repeatables, ["R_1", "R_views", "R_views_b"]);
    assert!(set.file_names().eq([
        "0001_views.up.sql",
        "0001_views.down.sql",
        "R_1.sql",
        "R_views.sql",
        "R_views_b.sql",
    ]));
}

#[test]
fn parts_of_a_repeatable_migration() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("R_all_views.sql"), "SELECT 1;").expect("a file");
    let set = load(folder.path()).expect("no fault");
    let views = set.repeatables().next().expect("a migration");
    assert!(views.is_repeatable() && views.up().is_transactional() && views.down().is_none());
    assert_eq!((views.version(), views.stem(), views.description()), (0, "R_all_views", "all_views"));
    assert_eq!((views.up().file(), views.up().statements().len()), ("R_all_views.sql", 1));
}

#[test]
fn checkouts_of_windows_and_unix_are_one_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("0001_a.sql");
    let mut checksums = ["SELECT\n  1;\n", "SELECT\r\n  1;\r\n", "\u{feff}SELECT\r\n  1;\r\n"].map(|text| {
        fs::write(&path, text).expect("a file");
        let set = load(folder.path()).expect("no fault");
        set.iter().map(|migration| migration.up().checksum()).next().expect("a migration")
    });
    checksums.sort();
    assert_eq!(checksums[0], checksums[2]);
}

/// A folder with these files, each with a statement unless its name has a `!` before it; those before a `|` are sealed.
fn half_written(files: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |files: &str| {
        for file in files.split_whitespace() {
            let text = if file.starts_with('!') { "-- To be written.\n" } else { "SELECT 1;" };
            fs::write(folder.path().join(file.trim_start_matches('!')), text).expect("a file");
        }
    };
    if let Some((sealed, drafts)) = files.split_once('|') {
        write(sealed);
        crate::seal(folder.path()).expect("no fault");
        write(drafts);
    } else {
        write(files);
    }
    folder
}

#[test]
fn what_has_no_statement_yet_is_left_out_with_what_comes_after_it() {
    struct Case {
        files: &'static str,
        set: &'static str,
        warnings: &'static [&'static str],
    }
    for Case { files, set, warnings } in [
        Case { files: "0001_a.sql", set: "0001_a.sql", warnings: &[] },
        Case {
            files: "!0001_a.up.sql !0001_a.down.sql",
            set: "",
            warnings: &["`0001_a.up.sql` has no statement yet: 0001_a is left out"],
        },
        Case {
            files: "0001_a.sql | !0002_b.up.sql 0002_b.down.sql",
            set: "0001_a.sql",
            warnings: &["`0002_b.up.sql` has no statement yet: 0002_b is left out"],
        },
        Case {
            files: "0001_a.sql 0002_b.up.sql !0002_b.down.sql 0003_c.sql",
            set: "0001_a.sql 0002_b.up.sql 0003_c.sql",
            warnings: &["`0002_b.down.sql` has no statement yet: 0002_b cannot be reverted"],
        },
        Case {
            files: "0001_a.sql !0002_b.sql 0003_c.up.sql 0003_c.down.sql !0004_d.sql R_views.sql",
            set: "0001_a.sql",
            warnings: &[
                "`0002_b.sql` has no statement yet: 0002_b is left out",
                "`0004_d.sql` has no statement yet: 0004_d is left out",
                "left out too, as they come after it: 0003_c, R_views",
            ],
        },
        Case {
            files: "0001_a.sql !0002_b.sql R_views.sql !R_more.sql",
            set: "0001_a.sql R_views.sql",
            warnings: &[
                "`0002_b.sql` has no statement yet: 0002_b is left out",
                "`R_more.sql` has no statement yet: R_more is left out",
            ],
        },
    ] {
        let folder = half_written(files);
        let loaded = load_with_drafts(folder.path(), &()).expect("no fault");
        assert_eq!(loaded.set.file_names().collect::<Vec<_>>().join(" "), set, "{files}");
        assert_eq!(loaded.warnings(), warnings, "{files}");
        // Where files are no longer to change, it is a fault.
        assert_eq!(load(folder.path()).is_ok(), warnings.is_empty(), "{files}");
        assert_eq!(crate::seal(folder.path()).is_ok(), warnings.is_empty(), "{files}");
    }
}

#[test]
fn a_sealed_file_without_a_statement_is_a_fault() {
    let folder = half_written("0001_a.sql |");
    fs::write(folder.path().join("0001_a.sql"), "").expect("a file");
    let faults = load_with_drafts(folder.path(), &()).expect_err("faults");
    assert!(faults.iter().any(|fault| *fault.kind() == FaultKind::NoStatement), "{faults}");
}

#[test]
fn versions_above_the_lock_file_are_drafts() {
    for (files, sealed) in [("0001_a.sql", 0), ("0001_a.sql 0002_b.sql | 0003_c.sql", 2)] {
        let folder = half_written(files);
        assert_eq!(load_with_drafts(folder.path(), &()).expect("no fault").sealed, sealed);
    }
}
