//! What a caller allows that is an error otherwise.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

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
    pub(crate) left_out: LeftOut,
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

/// The files of the folder that are not in the set: one has no statement yet, and the others come after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LeftOut(Arc<[String]>);

impl LeftOut {
    pub(crate) fn new(files: impl IntoIterator<Item = String>) -> Self {
        Self(files.into_iter().collect())
    }

    /// The names of the files.
    pub(crate) fn files(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// The files that would be applied, each with its version; 0 for a repeatable migration.
    pub(crate) fn ups(&self) -> impl Iterator<Item = (i64, &str)> + Clone {
        let ups = self.0.iter().filter(|file| !file.ends_with(".down.sql"));
        ups.map(|file| (file.split('_').next().and_then(|digits| digits.parse().ok()).unwrap_or(0), &**file))
    }

    /// The migration that has no statement, because of which the others are left out, and its version.
    pub(crate) fn first(&self) -> Option<(i64, &str)> {
        let versioned = self.ups().filter(|(version, _)| *version > 0).min();
        versioned.or_else(|| self.ups().next())
    }

    /// The file of a version.
    pub(crate) fn file_of(&self, version: i64) -> Option<&str> {
        self.ups().find(|(other, _)| *other == version && version > 0).map(|(_, file)| file)
    }

    /// Why a version is not in the set.
    pub(crate) fn reason(&self, version: i64) -> Option<String> {
        let (file, (first, empty)) = (self.file_of(version)?, self.first()?);
        Some(match stem(file) {
            stem if version == first => format!("{stem} has no statement yet"),
            stem => format!("{stem} comes after {}, which has no statement yet", self::stem(empty)),
        })
    }
}

/// Version and description in the name of a file.
pub(crate) fn stem(file: &str) -> &str {
    file.split('.').next().unwrap_or(file)
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
