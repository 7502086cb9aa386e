//! Ups and downs that are files of their own, put together by their versions.

use crate::draft::{Draft, Drafts};
use crate::names::Direction;
use crate::note::Notes;
use crate::script::Script;

/// One of the files.
pub(crate) struct Half {
    pub(crate) version: String,
    pub(crate) description: String,
    pub(crate) direction: Direction,
    pub(crate) script: Script,
    /// What the tool keeps of it, where it is an up.
    pub(crate) checksums: Vec<String>,
}

/// Puts together files that are in the tool's order. `key` makes of a version what the tool's table has.
pub(crate) fn join(halves: Vec<Half>, key: impl Fn(&str) -> String, notes: &mut Notes) -> Drafts {
    let mut drafts: Vec<Draft> = Vec::new();
    let (ups, downs): (Vec<_>, Vec<_>) = halves.into_iter().partition(|half| half.direction == Direction::Up);
    for up in ups {
        if let Some(first) = drafts.iter().find(|draft| key(&draft.version) == key(&up.version)) {
            notes.error(&up.script.from, same_version(&up.version, &first.up.from));
            continue;
        }
        drafts.push(Draft {
            keys: vec![key(&up.version)],
            version: up.version,
            description: up.description,
            up: up.script,
            down: None,
            checksums: up.checksums,
        });
    }
    for down in downs {
        match drafts.iter_mut().find(|draft| key(&draft.version) == key(&down.version)) {
            Some(Draft { down: empty @ None, .. }) => *empty = Some(down.script),
            Some(Draft { down: Some(first), .. }) => {
                notes.error(&down.script.from, same_version(&down.version, &first.from));
            }
            None => {
                let what = "it is a down without its up: it was left out";
                notes.attention(&down.script.from, None, what);
            }
        }
    }
    Drafts { migrations: drafts, repeatables: Vec::new() }
}

/// What is said of the second file of a version where the tool refuses two.
pub(crate) fn same_version(version: &str, first: &str) -> String {
    format!("it has version {version}, as {first} has; the tool refuses that too")
}
