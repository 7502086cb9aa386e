//! What a build remembers in its folder of artifacts changes nothing but the time that the next one takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;

/// A folder of migrations in which each hazard is a fault, and one of artifacts.
struct Project {
    folder: TempDir,
    artifacts: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), artifacts: tempfile::tempdir().unwrap() };
        fs::create_dir(project.migrations()).unwrap();
        project.write(
            "0001_a.sql",
            "CREATE TABLE a (b int);\n-- migrate: allow drop-table, unused\nDROP TABLE c;",
        );
        project.write("0002_b.sql", "-- migrate: no-transaction\nVACUUM a;");
        project.write("0003_c.sql", "-- migrate: function\n");
        project
    }

    fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.migrations().join(name), text).unwrap();
    }

    /// What is found with the cache is what is found without.
    #[track_caller]
    fn check(&self) {
        same(&self.migrations(), self.artifacts.path());
    }

    /// Has something to remember, and the faults that show it: they are found in what is remembered.
    fn remember(&self) {
        self.check();
        self.write("migrate.toml", "[lints]\nwarnings = \"deny\"");
        self.check();
    }

    fn cache(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.artifacts.path()).unwrap();
        let cache = entries.next().unwrap().unwrap().path();
        assert!(entries.next().is_none(), "a file was left");
        cache
    }
}

#[track_caller]
fn same(migrations: &Path, artifacts: &Path) {
    assert_eq!(migrate_check::load_cached(migrations, artifacts), migrate_check::load(migrations));
}

#[test]
fn a_cache_that_is_damaged_is_none() {
    let project = Project::new();
    project.write("0004_d.sql", "ALTER TABLE a ALTER b SET NOT NULL;");
    project.remember();
    let good = fs::read(project.cache()).unwrap();
    for at in (0..good.len()).step_by(3) {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        for bytes in [&*damaged, &good[..at]] {
            fs::write(project.cache(), bytes).unwrap();
            project.check();
        }
    }
    for bytes in [[&*good, b"x"].concat(), [&*good, &*good].concat(), b"\xff".to_vec(), Vec::new()] {
        fs::write(project.cache(), bytes).unwrap();
        project.check();
    }
}

#[test]
fn a_cache_that_cannot_be_read_or_written_is_none() {
    let project = Project::new();
    project.remember();
    let cache = project.cache();
    fs::remove_file(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    project.check();
    project.write("0004_d.sql", "DROP TABLE d;");
    project.check();
    assert!(cache.is_dir());
    same(&project.migrations(), Path::new("/nowhere/at/all"));
}

#[test]
fn a_cache_of_another_version_is_none_and_is_replaced() {
    let project = Project::new();
    project.remember();
    let good = fs::read(project.cache()).unwrap();
    let head = good.iter().position(|byte| *byte == b'\n').unwrap();
    let foreign = [b"migrate-check 0.0.0, of another time", &good[head..]].concat();
    fs::write(project.cache(), &foreign).unwrap();
    fs::remove_file(project.migrations().join("migrate.toml")).unwrap();
    project.check();
    assert_eq!(fs::read(project.cache()).unwrap(), good);
}

#[test]
fn files_change_names_and_texts() {
    let project = Project::new();
    project.write("0004_d.up.sql", "DROP TABLE d;");
    project.write("0004_d.down.sql", "CREATE TABLE d (e int);");
    project.remember();
    let (up, down) = ("CREATE TABLE d (e int);", "DROP TABLE d;");
    project.write("0004_d.up.sql", up);
    project.write("0004_d.down.sql", down);
    project.check();
    let rename = |from: &str, to: &str| {
        fs::rename(project.migrations().join(from), project.migrations().join(to)).unwrap();
        project.check();
    };
    rename("0001_a.sql", "x.txt");
    rename("0003_c.sql", "0001_a.sql");
    rename("x.txt", "0003_c.sql");
    rename("0003_c.sql", "R_views.sql");
    rename("0002_b.sql", "R_more.sql");
    for text in [
        "SELEC 1;",
        "-- migrate: unchecked, new\nSELEC 1;",
        "",
        "'",
        "\u{feff}DROP TABLE x;",
        "DROP TABLE x;",
    ] {
        project.write("0005_e.sql", text);
        project.check();
        project.check();
    }
}

/// Two texts may have one checksum, and their statements other places.
#[test]
fn line_endings_move_what_was_found() {
    let project = Project::new();
    project.write("0004_d.sql", "SELECT 1;\r\nDROP TABLE d;\nSELECT 2;");
    project.remember();
    project.write("0004_d.sql", "SELECT 1;\nDROP TABLE d;\r\nSELECT 2;");
    project.check();
    fs::rename(project.migrations().join("0004_d.sql"), project.migrations().join("0004_other.sql")).unwrap();
    project.check();
    project.write("0004_other.sql", "SELECT 1;\r\nDROP TABLE d;\nSELECT 2;");
    project.check();
}

#[test]
fn folders_move_and_change_places() {
    let (project, other) = (Project::new(), Project::new());
    other.write("0004_d.sql", "DROP TABLE d;");
    project.remember();
    other.remember();
    same(&other.migrations(), project.artifacts.path());
    let aside = project.folder.path().join("aside");
    fs::rename(project.migrations(), &aside).unwrap();
    same(&aside, project.artifacts.path());
    fs::rename(other.migrations(), project.migrations()).unwrap();
    project.check();
    fs::rename(aside, other.migrations()).unwrap();
    other.check();
}

#[test]
fn several_builds_share_a_cache() {
    let project = Project::new();
    project.remember();
    thread::scope(|scope| {
        for builder in 0..4 {
            let project = &project;
            scope.spawn(move || {
                for round in 0..25 {
                    // Its own folder, which it edits, and the one that all others read too.
                    let own = project.folder.path().join(format!("own{builder}"));
                    fs::create_dir_all(&own).unwrap();
                    fs::write(own.join("0001_a.sql"), format!("DROP TABLE a{};", round / 2)).unwrap();
                    same(&own, project.artifacts.path());
                    if round % 5 == builder {
                        forget(project.artifacts.path());
                    }
                    project.check();
                }
            });
        }
    });
    let left: Vec<_> =
        fs::read_dir(project.artifacts.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| path.extension().unwrap() == "cache"), "{left:?}");
}

/// Removes every cache there is.
fn forget(artifacts: &Path) {
    for entry in fs::read_dir(artifacts).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "cache") {
            let _ = fs::remove_file(path);
        }
    }
}
