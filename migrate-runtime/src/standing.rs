//! How each version stands, by the set and the history together: every rule about unknown, changed, missing and out of
//! order. Pure decisions, no I/O.

use migrate_source::{Migration, MigrationSet};

use crate::contradiction::ContradictionKind;
use crate::history::{HistoryRow, Progress, RowState, StatementsChecksum};

/// A migration of the set, a row of the history, or both: what they say of one version.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a, 'h> {
    pub(crate) version: i64,
    pub(crate) migration: Option<Migration<'a>>,
    pub(crate) row: Option<&'h HistoryRow>,
    pub(crate) standing: Standing,
}

/// How a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Applied,
    Pending,
    Running {
        pid: i32,
        alive: bool,
        progress: Progress,
    },
    Failed {
        progress: Progress,
    },
    /// The row is newer than everything in the set.
    Ahead,
    Contradiction(ContradictionKind),
}

impl Entry<'_, '_> {
    /// Version and description, from the file where there is one.
    pub(crate) fn stem(&self) -> String {
        match (self.migration, self.row) {
            (Some(migration), _) => migration.stem().to_owned(),
            (None, Some(row)) => format!("{}_{}", row.version, row.description),
            (None, None) => self.version.to_string(),
        }
    }

    pub(crate) fn subject(&self, folder: &str) -> String {
        match self.migration {
            Some(migration) => format!("{folder}/{}", migration.up().file()),
            None => self.stem(),
        }
    }
}

/// Brings set and history together, version by version.
pub(crate) fn classify<'a, 'h>(set: &'a MigrationSet, history: &'h [HistoryRow]) -> Vec<Entry<'a, 'h>> {
    let newest_file = set.iter().last().map_or(0, |migration| migration.version());
    let newest_row = history.last();
    let mut entries = Vec::new();
    let (mut migrations, mut rows) = (set.iter().peekable(), history.iter().peekable());
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
            (Some(migration), Some(row)) => recorded(&migration, row),
            (Some(_), None) => match newest_row {
                Some(newest) if newest.version > version => {
                    let after = format!("{}_{}", newest.version, newest.description);
                    Standing::Contradiction(ContradictionKind::OutOfOrder { after })
                }
                _ => Standing::Pending,
            },
            (None, Some(_)) if version > newest_file => Standing::Ahead,
            (None, _) => Standing::Contradiction(ContradictionKind::Missing),
        };
        entries.push(Entry { version, migration, row, standing });
    }
}

/// How a migration stands that has a row.
fn recorded(migration: &Migration<'_>, row: &HistoryRow) -> Standing {
    let contradiction = Standing::Contradiction;
    if migration.description() != row.description {
        return contradiction(ContradictionKind::Renamed { was: row.description.clone() });
    }
    let is_same = migration.up().checksum().to_string() == row.checksum;
    match &row.state {
        RowState::Applied if is_same => Standing::Applied,
        RowState::Applied => {
            let applied_at = row.applied_at.clone().unwrap_or_default();
            contradiction(ContradictionKind::Changed { applied_at })
        }
        RowState::Running { .. } | RowState::Failed { .. } if migration.up().is_transactional() => {
            contradiction(ContradictionKind::NowInTransaction)
        }
        // To correct the statement that failed is the natural thing to do; the ones before it are done.
        RowState::Running { progress, .. } | RowState::Failed { progress, .. }
            if !is_same && !begins_with(migration, progress) =>
        {
            contradiction(ContradictionKind::StartEdited { done: progress.statements })
        }
        RowState::Running { progress, pid, alive } => {
            Standing::Running { pid: *pid, alive: *alive, progress: progress.clone() }
        }
        RowState::Failed { progress, .. } => Standing::Failed { progress: progress.clone() },
    }
}

/// Whether the statements that are done are the first statements of the file.
fn begins_with(migration: &Migration<'_>, progress: &Progress) -> bool {
    let script = migration.up();
    let mut done = StatementsChecksum::default();
    script.statements().take(progress.statements).for_each(|range| done.add(&script.text()[range]));
    progress.statements <= script.statements().len() && done.value() == progress.checksum
}
