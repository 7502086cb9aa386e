//! How each version stands, by the set and the history together: every rule about unknown, changed, missing and out of
//! order. Pure decisions, no I/O.

mod repeatable;
mod squashed;
#[cfg(test)]
mod tests;

use migrate_source::{Migration, MigrationSet, Script};

use crate::contradiction::ContradictionKind;
use crate::history::{HistoryRow, How, Progress, RowState};
use crate::rules::Unit;
pub(crate) use repeatable::{Binding, binding};
pub(crate) use squashed::squashed;

/// A migration of the set, a row of the history, or both: what they say of one version.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a, 'h> {
    /// 0 for a repeatable migration.
    pub(crate) version: i64,
    pub(crate) migration: Option<Migration<'a>>,
    pub(crate) row: Option<&'h HistoryRow>,
    pub(crate) standing: Standing,
}

/// How a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Recorded, and the file is the same, at least but for comments and white space.
    Recorded {
        how: How,
        reformatted: bool,
    },
    /// A checkpoint, of a history that has so many rows which it stands for; how the last of them came there.
    StandsFor {
        how: How,
        rows: usize,
    },
    /// Not recorded; or a repeatable migration that is not recorded as it is now, or is to run again after a revert.
    Pending,
    /// A repeatable migration of which the database has a newer text: from a set that ends at this version, or, without
    /// one, from a set that ends where this one does.
    Superseded {
        by: Option<i64>,
    },
    Running {
        pid: Option<i32>,
        alive: bool,
        progress: Progress,
    },
    Failed {
        progress: Progress,
    },
    /// Somebody runs its down, statement by statement.
    Reverting {
        pid: Option<i32>,
        progress: Progress,
    },
    /// The row is newer than everything in the set; or a repeatable migration's, which needs no file.
    Ahead,
    Contradiction(ContradictionKind),
}

impl Entry<'_, '_> {
    /// Version and description, from the file where there is one.
    pub(crate) fn stem(&self) -> String {
        match (self.migration, self.row) {
            (Some(migration), _) => migration.stem().to_owned(),
            (None, Some(row)) => row.stem(),
            (None, None) => self.version.to_string(),
        }
    }

    /// It is a repeatable migration that is to run again, and that has not changed.
    pub(crate) fn is_as_it_was(&self) -> bool {
        self.migration.zip(self.row).is_some_and(|(migration, row)| {
            row.version == 0
                && row.set_version.is_none()
                && row.checksum == migration.up().checksum().to_string()
        })
    }

    pub(crate) fn subject(&self, folder: &str) -> String {
        match self.migration {
            Some(migration) => format!("{folder}/{}", migration.up().file()),
            None => self.stem(),
        }
    }
}

/// Brings set and history together: version by version, then the repeatable migrations. The history is ordered by
/// version and description.
pub(crate) fn classify<'a, 'h>(
    set: &'a MigrationSet,
    history: &'h [HistoryRow],
    unit: Unit,
) -> Vec<Entry<'a, 'h>> {
    let (rows_without_version, versioned) = history.split_at(history.partition_point(|row| row.version == 0));
    let mut entries = classify_versioned(set, versioned, unit);
    entries.extend(repeatable::classify(set, rows_without_version));
    entries
}

fn classify_versioned<'a, 'h>(
    set: &'a MigrationSet,
    history: &'h [HistoryRow],
    unit: Unit,
) -> Vec<Entry<'a, 'h>> {
    let newest_file = set.iter().last().map_or(0, |migration| migration.version());
    let newest_row = history.last();
    let mut entries = Vec::new();
    let (mut migrations, mut rows) = (set.iter().peekable(), history.iter().peekable());
    if let Some(checkpoint) = squashed::entry(set, history) {
        migrations.next();
        while rows.next_if(|row| row.version <= checkpoint.version).is_some() {}
        entries.push(checkpoint);
    }
    loop {
        let version = match (migrations.peek(), rows.peek()) {
            (None, None) => return entries,
            (Some(migration), None) => migration.version(),
            (None, Some(row)) => row.version,
            (Some(migration), Some(row)) => migration.version().min(row.version),
        };
        let migration = migrations.next_if(|migration| migration.version() == version);
        let row = rows.next_if(|row| row.version == version);
        let standing = match (migration, row) {
            (Some(migration), Some(row)) if is_another(&migration, row) => {
                let is_finished = matches!(row.state, RowState::Recorded(_));
                let (now, below) = (renumbered(set, history, row), below(history, version));
                let kind = ContradictionKind::Replaced { was: row.stem(), now, below, is_finished };
                Standing::Contradiction(kind)
            }
            (Some(migration), Some(row)) => with_row(&migration, row, unit),
            (Some(_), None) => match newest_row {
                Some(newest) if newest.version > version => {
                    Standing::Contradiction(ContradictionKind::OutOfOrder { after: newest.stem() })
                }
                _ => Standing::Pending,
            },
            (None, Some(_)) if version > newest_file => Standing::Ahead,
            (None, row) => {
                let now = row.and_then(|row| renumbered(set, history, row));
                let below = below(history, version);
                let moved = now.map(|now| ContradictionKind::Renumbered { now, below });
                Standing::Contradiction(moved.unwrap_or(ContradictionKind::Missing))
            }
        };
        entries.push(Entry { version, migration, row, standing });
    }
}

/// Whether the row of a version is that of another migration than the file: neither the description nor what was run of it
/// is the same.
pub(crate) fn is_another(migration: &Migration<'_>, row: &HistoryRow) -> bool {
    let begun = row.state.progress().filter(|progress| progress.statements > 0);
    migration.description() != row.description
        && migration.up().tokens_checksum().to_string() != row.tokens_checksum
        && !begun.is_some_and(|progress| begins_with(migration.up(), progress))
}

/// The migration that has the text of a row, under a version that the history does not have.
fn renumbered(set: &MigrationSet, history: &[HistoryRow], row: &HistoryRow) -> Option<String> {
    let is_it = |migration: &Migration<'_>| {
        !history.iter().any(|row| row.version == migration.version())
            && migration.up().tokens_checksum().to_string() == row.tokens_checksum
    };
    set.iter().find(is_it).map(|migration| migration.stem().to_owned())
}

/// The version below this one in the history, or 0.
fn below(history: &[HistoryRow], version: i64) -> i64 {
    history.iter().map(|row| row.version).filter(|other| *other < version).max().unwrap_or_default()
}

/// How a migration stands that has a row of its own.
fn with_row(migration: &Migration<'_>, row: &HistoryRow, unit: Unit) -> Standing {
    let contradiction = Standing::Contradiction;
    if migration.description() != row.description {
        let is_finished = matches!(row.state, RowState::Recorded(_));
        return contradiction(ContradictionKind::Renamed { was: row.description.clone(), is_finished });
    }
    match &row.state {
        RowState::Recorded(how) => {
            let is_same = migration.up().checksum().to_string() == row.checksum;
            if is_same || migration.up().tokens_checksum().to_string() == row.tokens_checksum {
                return Standing::Recorded { how: *how, reformatted: !is_same };
            }
            let applied_at = row.applied_at.clone().unwrap_or_default();
            contradiction(ContradictionKind::Changed { applied_at })
        }
        RowState::Reverting { progress, claim, .. } if claim.alive => {
            Standing::Reverting { pid: claim.pid, progress: progress.clone() }
        }
        RowState::Reverting { progress, .. } => {
            contradiction(ContradictionKind::HalfReverted { done: progress.statements })
        }
        RowState::Running { .. } | RowState::Failed { .. }
            if migration.up().is_transactional() && unit == Unit::Migration =>
        {
            contradiction(ContradictionKind::NowInTransaction)
        }
        // To correct the statement that failed is the natural thing to do; the ones before it are done.
        RowState::Running { progress, .. } | RowState::Failed { progress, .. }
            if !begins_with(migration.up(), progress) =>
        {
            contradiction(ContradictionKind::StartEdited { done: progress.statements })
        }
        RowState::Running { progress, claim } => {
            Standing::Running { pid: claim.pid, alive: claim.alive, progress: progress.clone() }
        }
        RowState::Failed { progress, .. } => Standing::Failed { progress: progress.clone() },
    }
}

/// Whether the statements that are done are the first statements of the script.
pub(crate) fn begins_with(script: Script<'_>, progress: &Progress) -> bool {
    progress.statements <= script.statements().len()
        && first_statements(script, progress.statements) == progress.checksum
}

/// What tells the first statements of a script from others.
pub(crate) fn first_statements(script: Script<'_>, count: usize) -> String {
    let first = script.statements().take(count).map(|range| &script.text()[range]);
    migrate_source::tokens_checksum(first).to_string()
}
