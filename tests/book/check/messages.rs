//! The page that helps with messages quotes them as they are: each is somewhere in the sources, or in the text of a fixture.

use std::path::{Path, PathBuf};

use crate::ROOT;

/// The crates whose sources have the messages; and what the compiler is seen to say.
const PLACES: [&str; 6] = [
    "migrate-source/src",
    "migrate-check/src",
    "migrate-runtime/src",
    "migrate-cli/src",
    "migrate-import/src",
    "tests/fixtures",
];

/// PostgreSQL says these, not we.
const OF_POSTGRESQL: [&str; 3] = ["already exists", "does not exist", "password authentication failed"];

fn texts(folder: &Path, all: &mut String) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            texts(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "txt") {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A heading quotes a message; `…` stands for what differs.
fn fragments(page: &str) -> impl Iterator<Item = &str> {
    let headings = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    headings.flat_map(|heading| heading.split('…')).map(str::trim).filter(|part| part.len() > 3)
}

/// A string that goes on behind `\` in the next line is one line to whoever reads it, and `{name}` is what differs.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\\n") {
        joined.push_str(before);
        rest = after.trim_start();
    }
    joined.push_str(rest);
    joined.replace("\\\"", "\"")
}

#[test]
fn every_message_that_is_quoted_is_said() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/src/troubleshooting.md")).unwrap();
    let mut all = String::new();
    for place in PLACES {
        texts(&Path::new(ROOT).join(place), &mut all);
    }
    let all = joined(&all);
    let fragments: Vec<&str> = fragments(&page).collect();
    assert!(fragments.len() >= 25, "{fragments:?}");
    for fragment in fragments {
        assert!(all.contains(fragment) || OF_POSTGRESQL.contains(&fragment), "nobody says {fragment:?}");
    }
}
