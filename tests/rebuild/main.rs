//! A change in the folder is in the binary that cargo builds next: real builds of projects outside the workspace.
//!
//! That something was built is told by what the program prints, never by how long it took or how old a file is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod project;
mod reached;
mod sandbox;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use project::Project;

/// A project of one package whose `migrations` has one file.
fn single(name: &'static str) -> Project {
    let project = Project::new(name, "", "migrations");
    project.write("migrations/0001_a.sql", "SELECT 1;");
    project
}

#[test]
fn without_a_build_script_a_change_of_a_file_is_seen_and_a_new_file_is_not() {
    let project = single("migrate-rebuild-plain");
    project.write("migrations/0002_b.sql", "SELECT 2;");
    project.write("migrations/migrate.toml", "require-down = false\n");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    project.is_fresh();

    project.write("migrations/0002_b.sql", "SELECT 3;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 3;"]);
    project.rename("migrations/0002_b.sql", "migrations/0002_c.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_c SELECT 3;"]);
    project.remove("migrations/0002_c.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);

    // The README says so. When cargo has learnt it, the README is to be corrected.
    project.write("migrations/0002_d.sql", "SELECT 4;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    project.is_fresh();
    // Whatever writes a tracked file when it adds one is seen.
    project.write("migrations/migrate.toml", "require-down = false\n");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_d SELECT 4;"]);
    project.is_fresh();
}

#[test]
fn what_was_squashed_is_seen() {
    let project = single("migrate-rebuild-squashed");
    project.write("migrations/0002_b.sql", "SELECT 2;");
    project.write("migrations/0003_c.sql", "SELECT 3;");
    let folder = project.path("migrations");
    migrate_source::seal(&folder).unwrap();
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;", "0003_c SELECT 3;"]);
    let request = migrate_source::SquashRequest {
        to: &migrate_source::MigrationName::from(2),
        name: "checkpoint",
        archive: None,
    };
    let squash = migrate_source::Squash::of(&folder, &request, &()).unwrap();
    squash.carry_out(&squash.script("SELECT 12;\n")).unwrap();
    let embedded = project.embedded();
    assert!(embedded[0].starts_with("0002_checkpoint -- migrate: checkpoint "), "{embedded:?}");
    assert_eq!(embedded[embedded.len() - 2..], ["SELECT 12;", "0003_c SELECT 3;"]);
    project.is_fresh();
}

#[test]
fn a_watched_folder_is_seen_whatever_happens_to_it() {
    let project = single("migrate-rebuild-watched");
    project.watch(project.package(), "migrations");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    project.is_fresh();

    project.write("migrations/0002_b.sql", "SELECT 2;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    // What is moved there is as old as it was.
    project.write_old("drafts/0003_c.sql", "SELECT 3;");
    project.rename("drafts/0003_c.sql", "migrations/0003_c.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;", "0003_c SELECT 3;"]);
    project.rename("migrations/0003_c.sql", "migrations/0003_d.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;", "0003_d SELECT 3;"]);
    project.remove("migrations/0003_d.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    project.write("migrations/0002_b.sql", "SELECT 4;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 4;"]);
    // Other files are no reason.
    project.write("notes.txt", "");
    project.write("drafts/0003_c.sql", "SELECT 3;");
    project.is_fresh();

    // What is at fault is told, also a second time, until it is corrected.
    project.write("migrations/0004_e.sql", "SELECT 5;");
    for _ in 0..2 {
        let said = project.refused();
        assert!(said.contains("the sequence has a gap: 0003 was expected"), "{said}");
    }
    project.rename("migrations/0004_e.sql", "migrations/0003_e.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 4;", "0003_e SELECT 5;"]);
}

#[test]
fn a_path_dependency_embeds_the_folder() {
    let project = Project::new("migrate-rebuild-user", "service", "unused");
    let (service, schema) = (project.package(), project.path("schema"));
    project.write_package(service, "migrate-rebuild-user", "schema = { path = \"../schema\" }\n");
    project.write_package(&schema, "schema", "");
    let lib =
        "pub static MIGRATIONS: migrate_runtime::MigrationSet = migrate_runtime::embed_migrations!();\n";
    project.write("schema/src/lib.rs", lib);
    let main = "fn main() {\n    for migration in schema::MIGRATIONS.iter() {\n        \
                println!(\"{}\", migration.stem());\n    }\n}\n";
    project.write("service/src/main.rs", main);
    project.write("schema/migrations/0001_a.sql", "SELECT 1;");
    project.watch(&schema, "migrations");
    assert_eq!(project.embedded(), ["0001_a"]);

    project.write("schema/migrations/0002_b.sql", "SELECT 2;");
    assert_eq!(project.embedded(), ["0001_a", "0002_b"]);
    project.remove("schema/migrations/0002_b.sql");
    assert_eq!(project.embedded(), ["0001_a"]);
    project.is_fresh();
}

#[test]
fn a_member_of_a_workspace_embeds_a_folder_beside_it() {
    let mut project = Project::new("migrate-rebuild-member", "crates/service", "$SCHEMA/../migrations");
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/service\"]\n");
    project.rename("crates/service/Cargo.lock", "Cargo.lock");
    project.write("migrations/0001_a.sql", "SELECT 1;");
    project.write("others/migrations/0001_z.sql", "SELECT 26;");
    project.write("others/x/0001_x.sql", "SELECT 24;");
    project.watch(project.package(), "$SCHEMA/../migrations");
    project.set("SCHEMA", "../../migrations".into());
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);

    project.write("migrations/0002_b.sql", "SELECT 2;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    project.is_fresh();
    // Another value is another folder, which is watched from then on.
    project.set("SCHEMA", "../../others/x".into());
    assert_eq!(project.embedded(), ["0001_z SELECT 26;"]);
    project.write("others/migrations/0002_y.sql", "SELECT 25;");
    assert_eq!(project.embedded(), ["0001_z SELECT 26;", "0002_y SELECT 25;"]);
    project.is_fresh();
}

#[test]
fn the_target_folder_is_in_the_package() {
    let mut project = single("migrate-rebuild-inside");
    project.watch(project.package(), "migrations");
    // So that there is something to copy.
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    project.leave_the_shared_target();
    project.write("migrations/0002_b.sql", "SELECT 2;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    project.is_fresh();
    project.remove("migrations/0002_b.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
}

#[test]
fn the_compiler_is_called_through_a_wrapper() {
    let mut project = single("migrate-rebuild-wrapped");
    project.watch(project.package(), "migrations");
    project.write("wrapper", "#!/bin/sh\necho called >>\"$0.log\"\nexec \"$@\"\n");
    let wrapper = project.path("wrapper");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    project.set("RUSTC_WRAPPER", wrapper);
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    let calls = || fs::read_to_string(project.path("wrapper.log")).unwrap().lines().count();
    let before = calls();
    project.write("migrations/0002_b.sql", "SELECT 2;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;", "0002_b SELECT 2;"]);
    assert!(calls() > before, "the compiler was not called through the wrapper");
    project.remove("migrations/0002_b.sql");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    project.is_fresh();
}

#[test]
fn a_folder_that_is_not_there_yet_is_seen_when_it_is() {
    let project = Project::new("migrate-rebuild-missing", "", "migrations");
    project.watch(project.package(), "migrations");
    for _ in 0..2 {
        let said = project.refused();
        assert!(said.contains("warning: migrate-rebuild-missing@0.1.0: there is no folder "), "{said}");
        assert!(said.contains("error: migrations: "), "{said}");
    }
    project.write("migrations/0001_a.sql", "SELECT 1;");
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    project.is_fresh();
}

/// The cache in the folder of artifacts: `migrate-check/tests/cache.rs` damages it in every way.
#[test]
fn what_a_build_remembers_may_be_damaged_shared_and_left_behind() {
    let mut project = Project::new("migrate-rebuild-cache", "", "$SCHEMA/migrations");
    project.write("one/migrations/0001_a.sql", "DROP TABLE a;");
    project.write("two/migrations/0001_a.sql", "DROP TABLE b;");
    // It is tracked from now on.
    project.write("one/migrations/migrate.toml", "");
    let before = project::caches();
    project.set("SCHEMA", "one".into());
    assert_eq!(project.embedded(), ["0001_a DROP TABLE a;"]);
    let cache = project::caches().into_iter().find(|cache| !before.contains(cache)).unwrap();
    assert!(fs::read(&cache).unwrap().ends_with(b"DROP TABLE a;"));

    // From a cache, and from none: whatever is denied is found.
    project.write("one/migrations/migrate.toml", "[lints]\ndrop-table = \"deny\"\n");
    assert!(project.refused().contains("`a` is dropped"));
    fs::write(&cache, "damaged").unwrap();
    project.write("one/migrations/migrate.toml", "[lints]\ndrop-table = \"deny\" # Again.\n");
    assert!(project.refused().contains("`a` is dropped"));

    // Another folder in the place of the one that is remembered.
    project.remove("one/migrations/migrate.toml");
    assert_eq!(project.embedded(), ["0001_a DROP TABLE a;"]);
    project.rename("one", "zero");
    project.rename("two", "one");
    project.write("src/main.rs", &format!("{}\n", fs::read_to_string(project.path("src/main.rs")).unwrap()));
    assert_eq!(project.embedded(), ["0001_a DROP TABLE b;"]);

    // A compiler that is told a file, not a folder, has nowhere to remember anything.
    let printed = project.compiled_alone("src/main.rs", "one");
    assert_eq!(printed, ["0001_a DROP TABLE b;"]);
}

/// The folder is for development; no path of the machine that builds is in what is released.
#[test]
fn the_folder_is_named_in_the_binary_with_debug_assertions_only() {
    let project = single("migrate-rebuild-profile");
    let folder = project.path("migrations");
    let names_folder = |project: &Project| {
        let needle = folder.to_str().unwrap().as_bytes();
        project.binary().windows(needle.len()).any(|bytes| bytes == needle)
    };
    assert!(names_folder(&project));
    let profile = "\n[profile.dev.package.migrate-rebuild-profile]\ndebug-assertions = false\n";
    project.write_package(project.package(), "migrate-rebuild-profile", profile);
    assert!(!names_folder(&project));
}
