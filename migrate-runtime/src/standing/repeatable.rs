//! How repeatable migrations stand, and which text of one stays where several binaries have one each. Pure decisions, no
//! I/O.
//!
//! A row is bound to the newest version of the set that ran it. A set that ends below that version is older, and leaves
//! the row alone. Of sets that end at the same version, the older one is known by its text: it was replaced here before.
//! A revert unbinds every row, because a down may take with it what a repeatable migration has made: the next run makes
//! it again, whichever binary that is.

use migrate_source::{Migration, MigrationSet};

use super::{Entry, Standing};
use crate::history::{HistoryRow, How};

/// What the row of a repeatable migration gets when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    /// What the row was bound to before.
    pub(crate) was: Option<i64>,
    /// The newest version of the set that runs it; 0 for a set without versions.
    pub(crate) set_version: i64,
    /// The checksums of the texts that it has replaced.
    pub(crate) superseded: Vec<String>,
}

/// The migrations of the set, and then the rows that have no file.
pub(super) fn classify<'a, 'h>(set: &'a MigrationSet, history: &'h [HistoryRow]) -> Vec<Entry<'a, 'h>> {
    let row = |description: &str| history.iter().find(|row| row.description == description);
    let mut entries: Vec<Entry<'a, 'h>> = set
        .repeatables()
        .map(|migration| {
            let row = row(migration.description());
            let standing = row.map_or(Standing::Pending, |row| judge(&migration, row, newest(set)));
            Entry { version: 0, migration: Some(migration), row, standing }
        })
        .collect();
    let has_file = |row: &HistoryRow| set.repeatables().any(|file| file.description() == row.description);
    let without_file = history.iter().filter(|row| !has_file(row));
    entries.extend(without_file.map(|row| Entry {
        version: 0,
        migration: None,
        row: Some(row),
        standing: Standing::Ahead,
    }));
    entries
}

fn judge(migration: &Migration<'_>, row: &HistoryRow, newest: i64) -> Standing {
    let text = migration.up().checksum().to_string();
    match row.set_version {
        Some(_) if row.checksum == text => Standing::Recorded { how: How::Applied, reformatted: false },
        Some(bound) if newest < bound => Standing::Superseded { by: Some(bound) },
        Some(bound) if newest == bound && row.superseded.contains(&text) => Standing::Superseded { by: None },
        None | Some(_) => Standing::Pending,
    }
}

/// What the row gets when the migration runs on top of this version, the newest of its set.
pub(crate) fn binding(migration: &Migration<'_>, row: Option<&HistoryRow>, set_version: i64) -> Binding {
    let text = migration.up().checksum().to_string();
    let mut superseded = row.map(|row| row.superseded.clone()).unwrap_or_default();
    let was_here = superseded.contains(&text);
    superseded.retain(|other| *other != text);
    // After a revert an older binary may be the first to come: that does not make the newer text the older one.
    let is_replaced = |row: &&HistoryRow| row.checksum != text && !(row.set_version.is_none() && was_here);
    superseded.extend(row.filter(is_replaced).map(|row| row.checksum.clone()));
    Binding { was: row.and_then(|row| row.set_version), set_version, superseded }
}

fn newest(set: &MigrationSet) -> i64 {
    set.iter().last().map_or(0, |migration| migration.version())
}
