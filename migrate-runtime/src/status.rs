//! How each migration stands, as a value to be shown.

use std::fmt;

use migrate_source::MigrationSet;

use crate::contradiction::ContradictionKind;
use crate::history::{HistoryRow, How, RowState};
use crate::plan::count;
use crate::rules::{LeftOut, Rules, stem};
use crate::standing::{Entry, Standing, classify};

/// How each migration stands that the set or the history knows, ordered by version.
///
/// [`Display`](fmt::Display) prints a line for each; with the feature `serde` it can be serialised.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Status {
    migrations: Vec<MigrationStatus>,
}

/// How one migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MigrationStatus {
    version: i64,
    stem: String,
    state: State,
    applied_at: Option<String>,
    note: Option<String>,
}

/// The state of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum State {
    /// Recorded, and the file is the same, at least but for comments and white space.
    Applied,
    /// Recorded without running, as what the database had before its history began; the file is the same.
    Baseline,
    /// Recorded without running; the file is the same.
    Skipped,
    /// Not recorded, and next in order; or a repeatable migration whose file was edited, or that runs again because a
    /// migration was reverted.
    Pending,
    /// A repeatable migration of which the database has a newer text, which stays.
    Superseded,
    /// Without a transaction, under way, or cut while it was.
    Running,
    /// Without a transaction, stopped at a statement that failed.
    Failed,
    /// Without a transaction, and its down has been begun and not finished.
    Reverting,
    /// Recorded, newer than everything in the set.
    Ahead,
    /// Recorded, and the file was edited or renamed since.
    Changed,
    /// Recorded, and there is no file.
    Missing,
    /// Not recorded, and a later one is.
    OutOfOrder,
    /// A checkpoint, on a database that has only a part of what it stands for.
    Behind,
}

impl Status {
    pub(crate) fn new(set: &MigrationSet, history: &[HistoryRow], rules: &Rules) -> Self {
        let entries = classify(set, history, rules.unit);
        let one = |entry: &Entry<'_, '_>| MigrationStatus::new(entry).left_out(&rules.left_out);
        Self { migrations: entries.iter().map(one).collect() }
    }

    /// The migrations, ordered by version.
    pub fn migrations(&self) -> &[MigrationStatus] {
        &self.migrations
    }

    /// Whether there is nothing to apply and nothing that contradicts.
    pub fn is_current(&self) -> bool {
        self.migrations.iter().all(|one| one.state.is_settled())
    }
}

impl MigrationStatus {
    fn new(entry: &Entry<'_, '_>) -> Self {
        let (state, note) = judge(entry);
        let applied_at = entry.row.and_then(|row| row.applied_at.clone());
        Self { version: entry.version, stem: entry.stem(), state, applied_at, note }
    }

    /// The same of one that has a row, and a file that is left out of the set.
    fn left_out(self, files: &LeftOut) -> Self {
        match (files.file_of(self.version), files.first()) {
            (Some(file), Some((first, empty))) if self.state == State::Ahead => {
                let (state, note) = if self.version == first {
                    (State::Changed, "the file has no statement any more".to_owned())
                } else {
                    (State::Applied, format!("it comes after {}, which has no statement", stem(empty)))
                };
                Self { state, note: Some(note), stem: stem(file).to_owned(), ..self }
            }
            _ => self,
        }
    }

    /// The version; 0 for a repeatable migration.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// When it was applied, ISO 8601 in UTC.
    pub fn applied_at(&self) -> Option<&str> {
        self.applied_at.as_deref()
    }

    /// What there is to know besides the state.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

fn judge(entry: &Entry<'_, '_>) -> (State, Option<String>) {
    match &entry.standing {
        Standing::Recorded { how, reformatted } => {
            (recorded(*how), reformatted.then(|| "comments or white space were edited since".to_owned()))
        }
        Standing::StandsFor { how, rows } => {
            (recorded(*how), Some(format!("it stands for {}", count(*rows, "migration"))))
        }
        Standing::Pending => {
            let note = entry.row.map(|row| match row.set_version {
                None => "it runs again, because a migration was reverted".to_owned(),
                Some(_) => "the file was edited since it was last applied".to_owned(),
            });
            (State::Pending, note)
        }
        Standing::Superseded { by: Some(version) } => (
            State::Superseded,
            Some(format!("a release whose newest migration is {version} has replaced it")),
        ),
        Standing::Superseded { by: None } => {
            (State::Superseded, Some("this text was replaced by another one in this database".to_owned()))
        }
        Standing::Running { pid, alive, progress } => {
            let who = match (pid, alive) {
                (Some(pid), true) => format!("by backend {pid}"),
                (Some(pid), false) => format!("cut; its backend {pid} is gone or does something else"),
                (None, _) => "cut, and given back".to_owned(),
            };
            let since = entry.row.and_then(|row| row.started_at.as_deref()).unwrap_or_default();
            (State::Running, Some(format!("{who}, at statement {}, since {since}", progress.statements + 1)))
        }
        Standing::Failed { progress } => {
            let error = entry.row.map(|row| match &row.state {
                RowState::Failed { error, .. } => error.as_str(),
                _ => "",
            });
            let at = progress.statements + 1;
            (State::Failed, Some(format!("at statement {at}: {}", error.unwrap_or_default())))
        }
        Standing::Reverting { pid, progress } => {
            let who = pid.map(|pid| format!("by backend {pid}, ")).unwrap_or_default();
            (State::Reverting, Some(format!("{who}at statement {} of its down", progress.statements + 1)))
        }
        Standing::Ahead if entry.version == 0 => (State::Ahead, Some("there is no file".to_owned())),
        Standing::Ahead => (State::Ahead, Some("applied by a newer version".to_owned())),
        Standing::Contradiction(kind) => contradicts(entry, kind),
    }
}

fn recorded(how: How) -> State {
    match how {
        How::Applied => State::Applied,
        How::Baseline => State::Baseline,
        How::Skipped => State::Skipped,
    }
}

fn contradicts(entry: &Entry<'_, '_>, kind: &ContradictionKind) -> (State, Option<String>) {
    let (state, note) = match kind {
        ContradictionKind::Changed { .. } | ContradictionKind::EditedDraft { .. } => {
            (State::Changed, "the file was edited since".to_owned())
        }
        ContradictionKind::Renamed { was, .. } => (State::Changed, format!("applied as `{was}`")),
        ContradictionKind::Replaced { was, now, .. } => {
            let now = now.as_ref().map(|now| format!(", which is {now} now")).unwrap_or_default();
            (State::Changed, format!("the database has {was} instead{now}"))
        }
        ContradictionKind::Renumbered { now, .. } => (State::Missing, format!("it is {now} now")),
        ContradictionKind::Missing => (State::Missing, "there is no file".to_owned()),
        ContradictionKind::OutOfOrder { after } => (State::OutOfOrder, format!("{after} is applied already")),
        ContradictionKind::NowInTransaction => {
            (State::Failed, "it was begun without a transaction, and the file has one now".to_owned())
        }
        ContradictionKind::StartEdited { done } => {
            (State::Failed, format!("what is done of it, {}, was edited", count(*done, "statement")))
        }
        ContradictionKind::HalfReverted { done } => {
            let error = entry.row.and_then(|row| match &row.state {
                RowState::Reverting { error, .. } => error.as_deref(),
                _ => None,
            });
            let error = error.map(|error| format!(": {error}")).unwrap_or_default();
            (State::Reverting, format!("at statement {} of its down{error}", done + 1))
        }
        ContradictionKind::BeforeCheckpoint { at } => {
            (State::Behind, format!("the database is at {at}, which comes before it"))
        }
        ContradictionKind::Unfinished { stem, state } => {
            (State::Behind, format!("{stem}, which it stands for, is {state}"))
        }
        ContradictionKind::OtherHistory => {
            (State::Changed, "what was applied up to here is not what was squashed".to_owned())
        }
        ContradictionKind::Ahead => (State::Ahead, "applied by a newer version".to_owned()),
    };
    (state, Some(note))
}

impl State {
    /// There is nothing to do about it.
    fn is_settled(self) -> bool {
        matches!(self, Self::Applied | Self::Baseline | Self::Skipped | Self::Superseded | Self::Ahead)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.migrations.iter().map(|one| one.stem.len()).max().unwrap_or_default();
        for (at, one) in self.migrations.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{:width$}  {}", one.stem, one.state)?;
            for extra in [&one.applied_at, &one.note].into_iter().flatten() {
                write!(f, "  {extra}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Baseline => "baseline",
            Self::Skipped => "skipped",
            Self::Reverting => "reverting",
            Self::Pending => "pending",
            Self::Superseded => "superseded",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Ahead => "ahead",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::OutOfOrder => "out of order",
            Self::Behind => "behind",
        })
    }
}
