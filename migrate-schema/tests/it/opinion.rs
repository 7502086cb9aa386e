//! What `pg_dump` says of a database: a second opinion, which knows nothing of how this crate reads a catalog.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::skip::skip;
use crate::support::{self, Db};

/// Where the two may differ for `pg_dump`: the case, words of the paragraph, and the reason.
const DIFFERENCES: [(&str, &str, &str); 3] = [
    ("key_options", " WITH (", "the order of options means nothing"),
    (
        "partition_like_with_identity",
        "SEQUENCE NAME",
        "LIKE makes a sequence of another type, which counts as far",
    ),
    ("spelling", "", "PostgreSQL spells what it has written once in another way"),
];

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Looks for a `pg_dump` that takes the server: it refuses one of a newer major version than its own. Called by the test
/// itself, since what runs beside it does not know the test's name.
pub(crate) fn prepare(server: u32) {
    let in_path = std::env::var_os("PATH");
    let in_path = in_path.iter().flat_map(std::env::split_paths);
    let is_for_server = |program: &PathBuf| {
        let Ok(output) = Command::new(program).arg("--version").output() else { return false };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number =
            text.split_once("(PostgreSQL) ").and_then(|(_, number)| number.split('.').next()?.parse().ok());
        number.is_some_and(|major: u32| major >= server)
    };
    let mut programs = support::bin_dir().into_iter().chain(in_path).map(|dir| dir.join("pg_dump"));
    match programs.find(is_for_server) {
        Some(program) => PROGRAM.set(program).expect("one test prepares"),
        None => skip("pg_dump", "what is made is not compared by one that takes the server"),
    }
}

/// The paragraphs of a dump in an order of their own. `None`: there is no `pg_dump` for it on this machine.
pub(crate) async fn dumped(db: &Db) -> Option<Vec<String>> {
    let program = PROGRAM.get()?;
    let url = db.url();
    let dump = move || Command::new(program).args(["--schema-only", "--dbname", &url]).output().unwrap();
    let output = tokio::task::spawn_blocking(dump).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(paragraphs(&String::from_utf8(output.stdout).unwrap()))
}

/// What has a heading, without that.
fn paragraphs(dump: &str) -> Vec<String> {
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

/// What only one of them has, as a text: nothing where they say the same.
pub(crate) fn difference(case: &str, wanted: &[String], made: &[String]) -> String {
    let mut counts: BTreeMap<&String, i32> = BTreeMap::new();
    for paragraph in wanted {
        *counts.entry(paragraph).or_default() += 1;
    }
    for paragraph in made {
        *counts.entry(paragraph).or_default() -= 1;
    }
    let is_known =
        |paragraph: &str| DIFFERENCES.iter().any(|(of, words, _)| *of == case && paragraph.contains(words));
    let differ = counts.into_iter().filter(|(paragraph, count)| *count != 0 && !is_known(paragraph));
    let line = |(paragraph, count): (&String, i32)| {
        let sign = if count > 0 { "wanted" } else { "made" };
        format!("{sign}: {}\n", paragraph.replace('\n', "\n    "))
    };
    differ.map(line).collect()
}
