//! A fixture folder a fault: `fixtures/<fault>/migrations`, and beside it the message in `message.txt`.
//!
//! `cargo test -p tests --test faults -- bless --ignored` writes the messages anew; read the difference.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use migrate_source::{Code, Fault, Faults};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn fixtures() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    // Those without a fault, which are embedded.
    folders.retain(|folder| !folder.file_name().unwrap().to_str().unwrap().starts_with("embedded"));
    folders
}

fn faults(fixture: &Path) -> Faults {
    let folder = fixture.join("migrations");
    let faults = migrate_check::load(&folder).err();
    let faults = faults.unwrap_or_else(|| panic!("{} has no fault", fixture.display()));
    faults.shown_in(&folder, Path::new("migrations"))
}

#[test]
fn each_fault_has_its_message() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 40, "only {} fixtures", fixtures.len());
    for fixture in fixtures {
        let expected = std::fs::read_to_string(fixture.join("message.txt")).unwrap_or_default();
        assert_eq!(format!("{}\n", faults(&fixture)), expected, "{}", fixture.display());
    }
}

#[test]
#[ignore = "writes the messages instead of checking them"]
fn bless() {
    for fixture in fixtures() {
        std::fs::write(fixture.join("message.txt"), format!("{}\n", faults(&fixture))).unwrap();
    }
}

/// The variants of an enum, by its source: a new fault without a fixture does not pass.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let start = source.find(&format!("pub enum {name} {{")).unwrap();
    let body = &source[start..start + source[start..].find("\n}").unwrap()];
    let is_variant = |line: &&str| line.starts_with("    ") && line[4..].starts_with(char::is_uppercase);
    let word = |line: &str| line.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
    body.lines().filter(is_variant).map(word).collect()
}

#[test]
fn each_kind_of_fault_has_a_fixture() {
    // What git does not keep, or root reads anyway, or takes half a gigabyte, is made by the tests of migrate-source.
    const WITHOUT: [&str; 5] = ["NameNotUtf8", "TooLarge", "Unreadable", "FolderMissing", "Uncheckable"];
    let shown: Vec<String> = fixtures()
        .iter()
        .flat_map(|fixture| {
            faults(fixture).iter().map(|fault| format!("{:?}", fault.kind())).collect::<Vec<_>>()
        })
        .collect();
    let kinds = variants(include_str!("../migrate-source/src/fault.rs"), "FaultKind");
    assert!(kinds.len() > 25, "{kinds:?}");
    for kind in kinds.iter().filter(|kind| !WITHOUT.contains(&kind.as_str()) && *kind != "Name") {
        assert!(shown.iter().any(|fault| fault.starts_with(kind.as_str())), "no fixture for {kind}");
    }
    for kind in variants(include_str!("../migrate-source/src/name.rs"), "NameFault") {
        let name = format!("Name({kind}");
        assert!(shown.iter().any(|fault| fault.starts_with(&name)), "no fixture for {kind}");
    }
    for kind in variants(include_str!("../migrate-source/src/lock/fault.rs"), "LockFault") {
        let lock = format!("Lock({kind}");
        assert!(shown.iter().any(|fault| fault.starts_with(&lock)), "no fixture for {kind}");
    }
    for kind in variants(include_str!("../migrate-source/src/checkpoint/fault.rs"), "CheckpointFault") {
        let checkpoint = format!("Checkpoint({kind}");
        assert!(shown.iter().any(|fault| fault.starts_with(&checkpoint)), "no fixture for {kind}");
    }
}

/// A fault as the command prints it.
fn printed(fault: &Fault) -> String {
    format!("error[{}]: {}", fault.label(), fault.unlabelled())
}

#[test]
fn each_page_about_a_fault_shows_what_is_really_printed() {
    let mut shown: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    for fixture in fixtures() {
        for fault in &faults(&fixture) {
            shown.entry(fault.code()).or_default().push(format!("```text\n{}\n```", printed(fault)));
        }
    }
    assert!(shown.len() > 60, "only {} codes have fixtures", shown.len());
    for (code, examples) in shown {
        let path = format!("{FIXTURES}/../../migrate-cli/errors/{code}.md");
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(examples.iter().any(|example| page.contains(example)), "{path} may show\n{}", examples[0]);
    }
}
