//! The fixtures of the repository, a folder a fault, by this crate alone: without the parser, whose crate is above this
//! one. `tests/faults.rs` holds the same messages with it; here they take a second, so that mutants can be judged by them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use migrate_source::Faults;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

/// What only who knows SQL finds a fault in, or more faults than this crate does.
const NEED_THE_PARSER: [&str; 5] =
    ["config_with_unknown_lint", "denied_hazard", "syntax_error", "syntax_error_in_function", "unknown_lint"];

/// The fixtures that have, or have not, a fault, by name.
fn fixtures(have_fault: bool) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
    let mut named: Vec<(String, PathBuf)> =
        entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    named.retain(|(name, _)| name.starts_with("embedded") != have_fault);
    named.sort();
    named
}

fn shown(folder: &Path) -> String {
    let shown = |faults: Faults| format!("{}\n", faults.shown_in(folder, Path::new("migrations")));
    migrate_source::load_with_drafts(folder, &()).map_or_else(shown, |_| String::new())
}

#[test]
fn each_fault_that_needs_no_parser_has_its_message() {
    let fixtures = fixtures(true);
    assert!(fixtures.len() > 100, "only {} fixtures", fixtures.len());
    for (name, fixture) in fixtures {
        let expected = std::fs::read_to_string(fixture.join("message.txt")).unwrap();
        let found = shown(&fixture.join("migrations"));
        if NEED_THE_PARSER.contains(&&*name) {
            assert_ne!(found, expected, "{name} needs no parser");
        } else {
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn a_folder_without_faults_is_loaded() {
    let fixtures = fixtures(false);
    assert!(fixtures.len() >= 5, "only {} fixtures", fixtures.len());
    for (name, fixture) in fixtures {
        let loaded = migrate_source::load_with_drafts(&fixture.join("migrations"), &())
            .unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert!(loaded.set.iter().next().is_some(), "{name}");
    }
}
