//! How a checkpoint stands where the history has migrations that it stands for. Pure decisions, no I/O.

use migrate_source::{Checksum, HistoryDigest, Migration, MigrationSet};

use super::{Entry, Standing};
use crate::contradiction::ContradictionKind;
use crate::history::{HistoryRow, RowState};

/// The checkpoint that a set begins with, and the rows that it stands for. `None`: there is no checkpoint, no such row,
/// or the database began with the checkpoint, whose own row is then like any other. The history is ordered by version.
pub(crate) fn squashed<'a, 'h>(
    set: &'a MigrationSet,
    history: &'h [HistoryRow],
) -> Option<(Migration<'a>, &'h [HistoryRow])> {
    let checkpoint = set.checkpoint()?;
    let versioned = &history[history.partition_point(|row| row.version == 0)..];
    let rows = &versioned[..versioned.partition_point(|row| row.version <= checkpoint.version())];
    let newest = rows.last()?;
    let is_own = newest.version == checkpoint.version() && newest.description == checkpoint.description();
    (!is_own).then_some((checkpoint, rows))
}

/// The checkpoint as one entry, in the place of the rows that it stands for.
pub(super) fn entry<'a, 'h>(set: &'a MigrationSet, history: &'h [HistoryRow]) -> Option<Entry<'a, 'h>> {
    let (checkpoint, rows) = squashed(set, history)?;
    let version = checkpoint.version();
    let standing = judge(checkpoint, rows);
    // That of the last migration that it stands for, unless the checkpoint is not recorded by it.
    let is_unfinished = matches!(standing, Standing::Contradiction(ContradictionKind::Unfinished { .. }));
    let row = rows.last().filter(|newest| newest.version == version && !is_unfinished);
    Some(Entry { version, migration: Some(checkpoint), row, standing })
}

fn judge(checkpoint: Migration<'_>, rows: &[HistoryRow]) -> Standing {
    let contradiction = Standing::Contradiction;
    for row in rows {
        if !matches!(row.state, RowState::Recorded(_)) {
            let state = row.state.name();
            return contradiction(ContradictionKind::Unfinished { stem: row.stem(), state });
        }
    }
    match rows.last() {
        Some(HistoryRow { version, state: RowState::Recorded(how), .. })
            if *version == checkpoint.version() =>
        {
            let is_known = digest(rows).is_some_and(|found| checkpoint.up().digests().contains(&found));
            if is_known {
                Standing::StandsFor { how: *how, rows: rows.len() }
            } else {
                contradiction(ContradictionKind::OtherHistory)
            }
        }
        newest => {
            let at = newest.map(HistoryRow::stem).unwrap_or_default();
            contradiction(ContradictionKind::BeforeCheckpoint { at })
        }
    }
}

fn digest(rows: &[HistoryRow]) -> Option<Checksum> {
    let mut digest = HistoryDigest::default();
    for row in rows {
        digest.add(row.version, &row.description, &row.tokens_checksum);
    }
    digest.so_far()
}
