//! A file a lint: `lints/<lint>.sql` has blocks that begin with `-- hazard` or `-- fine`. In a block, `-- then` begins the
//! next migration; `, down` behind the word says that the block is the down of a migration.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use migrate_check::Lint;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lints");

/// The lints that a block is found to have, the one that it is about at its least level.
fn found(lint: &str, block: &str, is_down: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("migrate.toml", &format!("[lints]\n{lint} = \"warn\"\n"));
    for (at, script) in block.split("-- then\n").enumerate() {
        if is_down {
            write("0001_a.up.sql", "SELECT 1;");
            write("0001_a.down.sql", script);
        } else {
            write(&format!("{:04}_a{at}.sql", at + 1), script);
        }
    }
    match migrate_check::lint(folder.path()) {
        Ok(hazards) => hazards.iter().map(|hazard| hazard.lint().name().to_owned()).collect(),
        Err(faults) => panic!("{lint}: {faults}"),
    }
}

#[test]
fn each_lint_finds_its_hazards_and_nothing_else() {
    let mut blamed = Vec::new();
    for lint in Lint::ALL {
        let name = lint.name();
        let samples = fs::read_to_string(format!("{SAMPLES}/{name}.sql")).unwrap_or_default();
        let (mut hazards, mut fine) = (0, 0);
        for (head, block) in blocks(&samples) {
            let is_hazard = head.starts_with("hazard");
            *(if is_hazard { &mut hazards } else { &mut fine }) += 1;
            let found = found(name, &block, head.ends_with(", down"));
            if found.iter().any(|lint| lint == name) != is_hazard {
                blamed.push(format!("{name}: this is {head}:\n{block}found: {found:?}\n"));
            }
        }
        assert!(hazards > 0 && fine > 0, "{name} has {hazards} hazards and {fine} that are fine");
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
}

/// What each block is, and its SQL.
fn blocks(samples: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in samples.lines() {
        match line.strip_prefix("-- ").filter(|line| line.starts_with("hazard") || line.starts_with("fine")) {
            Some(head) => blocks.push((head.to_owned(), String::new())),
            None => blocks.last_mut().unwrap().1.extend([line, "\n"]),
        }
    }
    blocks
}

#[test]
fn what_is_sealed_is_not_judged_and_drafts_know_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let found = || {
        let hazards = migrate_check::lint(folder.path()).unwrap();
        hazards.iter().map(|hazard| hazard.lint().name()).collect::<Vec<_>>()
    };
    write("0001_a.sql", "ALTER TABLE a ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID;\nDROP TABLE b;");
    assert_eq!(found(), ["drop-table", "many-exclusive-locks"]);
    migrate_check::seal(folder.path()).unwrap();
    write("migrate.toml", "[lints]\nwarnings = \"deny\"");
    assert!(found().is_empty() && migrate_check::load(folder.path()).is_ok());
    write("0002_b.sql", "ALTER TABLE a VALIDATE CONSTRAINT c;\nCREATE TABLE d (n bigint);");
    write("0003_c.sql", "ALTER TABLE a ALTER n SET NOT NULL;\nCREATE INDEX ON d (n);");
    assert!(found().is_empty());
    write("0004_d.sql", "CREATE INDEX ON a (n);");
    assert_eq!(found(), ["create-index-without-concurrently"]);
    assert!(migrate_check::load(folder.path()).is_err());
}

#[test]
fn each_file_of_samples_is_of_a_lint() {
    for entry in fs::read_dir(SAMPLES).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        assert!(Lint::named(name).is_some(), "{}", Path::new(name).display());
    }
}

#[test]
fn a_change_of_type_says_what_the_column_was() {
    for (before, to, expected) in [
        (
            "SELECT 1",
            "varchar(20)",
            "`t` is written anew, unless it was a `varchar` of 20 characters or fewer",
        ),
        ("SELECT 1", "text", "`t` is written anew, unless it was `varchar`"),
        ("SELECT 1", "bigint", "`c` becomes `bigint`: `t` is written anew"),
        ("CREATE TABLE t (c int)", "bigint", "`c` becomes `bigint`, and was `int`: `t` is written anew"),
        (
            "CREATE TABLE t (c int)",
            "price",
            "`t` is written anew, unless one of them is a domain over the other",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0001_a.sql"), format!("{before};")).unwrap();
        fs::write(folder.path().join("0002_b.sql"), format!("ALTER TABLE t ALTER c TYPE {to};")).unwrap();
        let hazards = migrate_check::lint(folder.path()).unwrap();
        let said: Vec<String> = hazards.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(&format!("{expected} ["))), "{expected}: {said:?}");
    }
}
