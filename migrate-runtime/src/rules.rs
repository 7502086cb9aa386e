//! What a caller allows that is an error otherwise.

use std::ops::{Bound, RangeBounds};

use crate::contradiction::ContradictionKind;

/// How strictly history and set must agree, and how far a run goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) target: Option<i64>,
    /// What is reverted is applied again: repeatable migrations that are as they were run again below the newest version
    /// too, and what was never run is not reverted.
    pub(crate) restores: bool,
    pub(crate) unit: Unit,
    /// Above this version are drafts of a database that is for development: they may be reverted after an edit.
    pub(crate) drafts_above: Option<i64>,
    pub(crate) changed: Allowed,
    pub(crate) missing: Allowed,
    pub(crate) out_of_order: Allowed,
    /// A row that is newer than everything in the set is an error.
    pub(crate) deny_ahead: bool,
}

/// What is done in one transaction, of a script that does not say that it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unit {
    /// All of it, with its history row.
    #[default]
    Migration,
    /// Each statement, with the record of how far it is: where the server does not roll back DDL.
    Statement,
}

impl Unit {
    pub(crate) fn of(is_statement: bool) -> Self {
        if is_statement { Self::Statement } else { Self::Migration }
    }
}

/// The versions for which something is allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowed(Vec<(Bound<i64>, Bound<i64>)>);

impl Allowed {
    pub(crate) fn add(&mut self, versions: &impl RangeBounds<i64>) {
        self.0.push((versions.start_bound().cloned(), versions.end_bound().cloned()));
    }

    fn contains(&self, version: i64) -> bool {
        self.0.iter().any(|range| range.contains(&version))
    }
}

impl Rules {
    /// Whether a contradiction is one that the caller knows of.
    pub(crate) fn allow(&self, version: i64, kind: &ContradictionKind) -> bool {
        match kind {
            ContradictionKind::Changed { .. }
            | ContradictionKind::EditedDraft { .. }
            | ContradictionKind::Renamed { is_finished: true, .. }
            | ContradictionKind::Replaced { is_finished: true, .. }
            | ContradictionKind::OtherHistory => self.changed.contains(version),
            ContradictionKind::Missing | ContradictionKind::Renumbered { .. } => {
                self.missing.contains(version)
            }
            ContradictionKind::OutOfOrder { .. } => self.out_of_order.contains(version),
            // What is half done cannot be passed over.
            ContradictionKind::Renamed { is_finished: false, .. }
            | ContradictionKind::Replaced { is_finished: false, .. }
            | ContradictionKind::NowInTransaction
            | ContradictionKind::StartEdited { .. }
            | ContradictionKind::HalfReverted { .. }
            | ContradictionKind::BeforeCheckpoint { .. }
            | ContradictionKind::Unfinished { .. }
            | ContradictionKind::Ahead => false,
        }
    }
}

#[cfg(test)]
mod tests;
