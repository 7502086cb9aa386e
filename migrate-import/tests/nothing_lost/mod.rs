//! The promise of every conversion: each file that goes in is in a file that comes out, or in a note.

use std::collections::BTreeSet;
use std::fmt::Display;

use migrate_import::{Conversion, Input};

/// Panics where a file is in neither.
#[track_caller]
pub(crate) fn check(what: impl Display, files: &[Input], conversion: &Conversion) {
    let known: BTreeSet<&str> = conversion
        .files
        .iter()
        .map(|file| file.from.as_str())
        .chain(conversion.notes.iter().map(|note| note.path.as_str()))
        .collect();
    for file in files {
        assert!(known.contains(file.path.as_str()), "{what}: {} is lost", file.path);
    }
}
