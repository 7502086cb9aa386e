//! In development: whether the binary still has what is in the folder, so that nobody wonders about a binary that was not
//! built again.
//!
//! It is a warning, never an error. A binary that is older than its folder is what each replica is during a deployment: it
//! does what it was built for. An editor may be in the middle of a file, and the folder may be of another branch by now.

use std::fmt::Write as _;
use std::path::Path;

use migrate_source::{Change, MigrationSet};

use crate::plan::count;

/// The folder that a set was embedded from, on the machine that built it.
///
/// What compares is part of the value: a binary without such a value, as every release build is, is linked without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    folder: &'static str,
    compare: fn(&MigrationSet, &Path, &[&str]) -> Vec<String>,
}

impl Origin {
    pub(crate) const fn new(folder: &'static str) -> Self {
        Self { folder, compare }
    }

    /// Says in the log what has become of the folder, and returns it, a line a file. Some files were left out of the set.
    pub(crate) fn compare(self, set: &MigrationSet, left_out: &[&str]) -> Vec<String> {
        let lines = (self.compare)(set, Path::new(self.folder), left_out);
        for line in &lines {
            tracing::warn!("{line}");
        }
        lines
    }
}

/// When a branch is switched, a log needs no list of all that is in the other one.
const MOST_LINES: usize = 10;

fn compare(set: &MigrationSet, folder: &Path, left_out: &[&str]) -> Vec<String> {
    let mut changes = migrate_source::changes(set, folder);
    changes.retain(|(file, _)| !left_out.contains(&&**file));
    let mut lines: Vec<String> =
        changes.iter().take(MOST_LINES).map(|(file, change)| line(set, file, *change)).collect();
    if let Some(more) = changes.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        lines.push(format!("{} in {} changed as well", count(more, "more file"), set.folder()));
    }
    lines
}

fn line(set: &MigrationSet, file: &str, change: Change) -> String {
    let what = match change {
        Change::Added => "is not in this binary",
        Change::Edited => "was edited after this binary was built",
        Change::Removed => "was removed after this binary was built",
    };
    let mut line = format!("{}/{file} {what}: rebuild", set.folder());
    // Cargo tracks the files that were there, and sees nothing to do.
    if let Some(tracked) = set.file_names().next().filter(|_| change == Change::Added) {
        let _ = write!(line, " (touch {}/{tracked} first if cargo finds nothing to do)", set.folder());
    }
    line
}
