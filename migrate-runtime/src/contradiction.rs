//! What cannot be decided because the history and the binary say different things, and what to do about it.

use std::fmt;

use crate::history::{HistoryRow, How, RowState};
use crate::plan::count;

/// A version of which the history and the binary say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// The file, with its folder; or version and description where there is none.
    pub(crate) subject: String,
    pub(crate) version: i64,
    pub(crate) kind: ContradictionKind,
}

/// What contradicts what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContradictionKind {
    /// The file was edited after it was applied; when that was.
    Changed { applied_at: String },
    /// The same of a draft on a database that is for development: the version below it in the history, and whether it is
    /// the newest.
    EditedDraft { below: i64, is_newest: bool },
    /// The file was renamed after it was applied, or after it was begun; the description that the row has.
    Renamed { was: String, is_finished: bool },
    /// The file is another migration than the one that the history has as this version: that one, the migration that has
    /// its text now, and the version below it in the history.
    Replaced { was: String, now: Option<String>, below: i64, is_finished: bool },
    /// The row has no file.
    Missing,
    /// The row has no file of its version, and another migration has its text: that one, and the version below it in the
    /// history.
    Renumbered { now: String, below: i64 },
    /// The file is not applied, and a later one is; the latter's version and description.
    OutOfOrder { after: String },
    /// A migration that was begun without a transaction now has one.
    NowInTransaction,
    /// Of a migration that failed half-way, statements that are done already were edited.
    StartEdited { done: usize },
    /// Of its down, so many statements are done, and not all.
    HalfReverted { done: usize },
    /// It is a checkpoint, and the history has only some of the migrations that it stands for; the newest of these.
    BeforeCheckpoint { at: String },
    /// It is a checkpoint, and a migration that it stands for is not finished; what it is instead.
    Unfinished { stem: String, state: &'static str },
    /// It is a checkpoint, and what the history has up to its version is not what it stands for.
    OtherHistory,
    /// The row is newer than everything in the set, and the caller does not want that.
    Ahead,
}

impl ContradictionKind {
    /// The same of a draft, which can be reverted and applied again, where it and what comes after it was run.
    pub(crate) fn of_draft(&self, version: i64, history: &[HistoryRow]) -> Self {
        match self {
            Self::Changed { .. } if was_run_from(version, history) => {
                let versions = history.iter().map(|row| row.version);
                let below = versions.clone().filter(|other| *other < version).max().unwrap_or_default();
                Self::EditedDraft { below, is_newest: versions.max() == Some(version) }
            }
            other => other.clone(),
        }
    }

    /// What it is called where the caller allows it.
    pub(crate) fn allowed(&self) -> &'static str {
        match self {
            Self::Changed { .. } | Self::EditedDraft { .. } => {
                "it was edited after it was applied, which is allowed"
            }
            Self::Renamed { .. } => "it was renamed after it was applied, which is allowed",
            Self::Replaced { .. } => "it is not the migration that was applied, which is allowed",
            Self::Missing => "it has no file, which is allowed",
            Self::Renumbered { .. } => "it has another version now, which is allowed",
            Self::OutOfOrder { .. } => "it comes before migrations that are applied, which is allowed",
            Self::OtherHistory => "what was applied up to here is not what was squashed, which is allowed",
            Self::NowInTransaction
            | Self::StartEdited { .. }
            | Self::HalfReverted { .. }
            | Self::BeforeCheckpoint { .. }
            | Self::Unfinished { .. }
            | Self::Ahead => "",
        }
    }
}

/// Whether no row from this version on was recorded without running: to apply it again would run it for the first time.
fn was_run_from(version: i64, history: &[HistoryRow]) -> bool {
    let mut rows = history.iter().filter(|row| row.version >= version);
    rows.all(|row| !matches!(row.state, RowState::Recorded(How::Baseline | How::Skipped)))
}

/// Version and description in the path of a file.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match &self.kind {
            ContradictionKind::Changed { applied_at } => write!(
                f,
                "{subject} was edited after it was applied at {applied_at}: restore the file as it was and put the \
                 change into a new migration"
            ),
            ContradictionKind::EditedDraft { is_newest: true, .. } => write!(
                f,
                "{subject} was edited after it was applied: `redo` reverts it and applies it as it is now"
            ),
            ContradictionKind::EditedDraft { below, .. } => write!(
                f,
                "{subject} was edited after it was applied: `down --to {below}` reverts it and what comes after it, and `up` \
                 applies them as they are now"
            ),
            ContradictionKind::Renamed { was, .. } => {
                write!(f, "{subject} is recorded under the description `{was}`: give the file back its name")
            }
            ContradictionKind::Replaced { was, now: Some(now), below, .. } => write!(
                f,
                "{subject} is not {was}, which this database has and which is {now} now: `migrate down --to {below}` reverts \
                 it by its stored down, and `migrate up` applies both; otherwise give {now} its version back",
            ),
            ContradictionKind::Replaced { was, now: None, below, .. } => write!(
                f,
                "{subject} is not {was}, which this database has: restore the file of {was}; or revert it by its stored \
                 down, `migrate down --to {below}`, and apply this one, `migrate up`"
            ),
            ContradictionKind::Renumbered { now, below } => write!(
                f,
                "{subject} was applied to this database and is {now} now: `migrate down --to {below}` reverts it by its \
                 stored down, and `migrate up` applies it as {now}; otherwise give the file its version back"
            ),
            ContradictionKind::Missing => write!(
                f,
                "{subject} was applied to this database and this binary has no file for it: restore the file, and \
                 check that binary and database belong together"
            ),
            ContradictionKind::OutOfOrder { after } => write!(
                f,
                "{subject} is not applied, but {after}, which comes after it, is: run `migrate renumber {}`, which gives \
                 it a version above that one",
                stem(subject)
            ),
            ContradictionKind::NowInTransaction => write!(
                f,
                "{subject} was begun without a transaction and is not finished: put the line \
                 `-- migrate: no-transaction` back at its head"
            ),
            ContradictionKind::StartEdited { done } => write!(
                f,
                "{subject} stopped half-way, and what is done of it, {}, was edited since: restore that; what comes \
                 after it may be corrected",
                count(*done, "statement"),
            ),
            ContradictionKind::HalfReverted { done } => write!(
                f,
                "{subject} is half reverted, {} of its down done: revert it once more, to the end",
                count(*done, "statement"),
            ),
            ContradictionKind::BeforeCheckpoint { at } => write!(
                f,
                "{subject} is a checkpoint, and this database has only a part of what it stands for, up to {at}: apply the \
                 rest from the archive, by `migrate up --dir <archive>`, or by an older release of the service; then start \
                 again"
            ),
            ContradictionKind::Unfinished { stem, state } => write!(
                f,
                "{subject} is a checkpoint, and {stem}, which it stands for, is not finished but {state}: bring that to its \
                 end from the archive, where `migrate status --dir <archive>` says how it stands; then start again"
            ),
            ContradictionKind::OtherHistory => write!(
                f,
                "{subject} is a checkpoint, and what was applied to this database up to here is not what was squashed: \
                 compare them by `migrate status --dir <archive>`, and where the schema is the same all the same, allow it \
                 by Runner::allow_changed"
            ),
            ContradictionKind::Ahead => write!(
                f,
                "{subject} was applied by a newer binary than this one: start that one, or revert the database first"
            ),
        }
    }
}
