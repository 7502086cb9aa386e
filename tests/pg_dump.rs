//! What `pg_dump` says of a database: a second opinion, which knows nothing of how this project reads a catalog. The packages whose
//! tests ask for it have this file as a module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `pg_dump` that takes a server of a major version, in this folder or in the path: it refuses one that is newer than itself.
pub(crate) fn find(server: u32, dir: Option<&Path>) -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH");
    let in_path = in_path.iter().flat_map(std::env::split_paths);
    let is_for_server = |program: &PathBuf| {
        let Ok(output) = Command::new(program).arg("--version").output() else { return false };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number =
            text.split_once("(PostgreSQL) ").and_then(|(_, number)| number.split('.').next()?.parse().ok());
        number.is_some_and(|major: u32| major >= server)
    };
    dir.map(Path::to_owned).into_iter().chain(in_path).map(|dir| dir.join("pg_dump")).find(is_for_server)
}

/// The paragraphs of a dump of the schema, in an order of their own.
///
/// # Panics
///
/// It fails.
pub(crate) fn paragraphs(program: &Path, url: &str) -> Vec<String> {
    let output = Command::new(program).args(["--schema-only", "--dbname", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let dump = String::from_utf8(output.stdout).unwrap();
    // What has a heading, without that.
    let mut paragraphs: Vec<String> = dump.split("\n-- Name: ").skip(1).map(paragraph).collect();
    paragraphs.sort();
    paragraphs
}

fn paragraph(text: &str) -> String {
    // The triggers of a foreign key are called after an OID.
    const BY_OID: &str = "\"RI_ConstraintTrigger_";
    // What comes next is set for it: an access method, a tablespace.
    let is_said = |line: &&str| {
        let is_noise =
            line.is_empty() || line.starts_with("--") || line.starts_with("SET ") || line.starts_with('\\');
        !is_noise
    };
    let lines = text.lines().skip(1).filter(is_said);
    let mut lines: Vec<&str> = lines.map(|line| line.trim_end_matches(',')).collect();
    // A column that is added comes last.
    if lines.first().is_some_and(|line| line.contains(" TABLE ")) {
        lines.sort_unstable();
    }
    let text = lines.join("\n");
    match text.split_once(BY_OID) {
        Some((head, tail)) => format!("{head}{BY_OID}{}", tail.replace(|c: char| c.is_ascii_digit(), "")),
        None => text,
    }
}

/// What only one of them has, but for what is known, as a text: nothing where they say the same.
pub(crate) fn difference(wanted: &[String], made: &[String], is_known: impl Fn(&str) -> bool) -> String {
    let mut counts: BTreeMap<&String, i32> = BTreeMap::new();
    for paragraph in wanted {
        *counts.entry(paragraph).or_default() += 1;
    }
    for paragraph in made {
        *counts.entry(paragraph).or_default() -= 1;
    }
    let differ = counts.into_iter().filter(|(paragraph, count)| *count != 0 && !is_known(paragraph));
    let line = |(paragraph, count): (&String, i32)| {
        let sign = if count > 0 { "wanted" } else { "made" };
        format!("{sign}: {}\n", paragraph.replace('\n', "\n    "))
    };
    differ.map(line).collect()
}
