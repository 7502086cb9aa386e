//! What a run did. Also carried by an error: what was done before it failed.

use std::fmt;
use std::time::Duration;

use migrate_source::MigrationSet;

use crate::history::{HistoryRow, RowState};
use crate::plan::{Action, Plan, Step, count};

/// What a verb did to the database.
///
/// [`Display`](fmt::Display) prints it for a log or a terminal; with the feature `serde` it can be serialised.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Report {
    applied: Vec<Done>,
    reverted: Vec<Done>,
    recorded: Vec<String>,
    already_applied: usize,
    ahead: Vec<i64>,
    current: Option<String>,
    /// What `current` was before anything was done.
    #[cfg_attr(feature = "serde", serde(skip))]
    before: Option<String>,
    /// Whether that is known.
    #[cfg_attr(feature = "serde", serde(skip))]
    is_found: bool,
    /// The version of `current`, or 0.
    #[cfg_attr(feature = "serde", serde(skip))]
    at: i64,
    warnings: Vec<String>,
    /// How many of these, the first, are about what the folder has and the binary does not.
    #[cfg_attr(feature = "serde", serde(skip))]
    stale: usize,
    pub(crate) duration: Duration,
}

/// A migration that was applied or reverted.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Done {
    version: i64,
    stem: String,
    duration: Duration,
}

impl Report {
    /// The migrations that were applied, in this order.
    pub fn applied(&self) -> &[Done] {
        &self.applied
    }

    /// The migrations that were reverted, in this order: newest first.
    pub fn reverted(&self) -> &[Done] {
        &self.reverted
    }

    /// Version and description of the migrations that were recorded without running: by
    /// [`baseline`](crate::Runner::baseline) or [`skip`](crate::Runner::skip).
    pub fn recorded(&self) -> &[String] {
        &self.recorded
    }

    /// How many migrations of the set were applied before, by this run or by others.
    pub fn already_applied(&self) -> usize {
        self.already_applied
    }

    /// The versions that the database has beyond everything in the set, as during a rolling deployment.
    pub fn ahead(&self) -> &[i64] {
        &self.ahead
    }

    /// Version and description of the newest migration that the database has now, of those in the set:
    /// `0003_tenant_users`.
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Whether it is known where the database stood.
    #[cfg(feature = "fleet")]
    pub(crate) fn is_found(&self) -> bool {
        self.is_found
    }

    /// What [`current`](Self::current) was before anything was done.
    #[cfg(feature = "fleet")]
    pub(crate) fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// What is not as it should be, and was no reason to stop: a line each, beginning with version and description, or with
    /// the path of a file that was changed since the binary was built.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How long the whole verb took by this process's clock: attempts that failed, the pauses between them and waiting for
    /// other processes are included. Connecting is included only by [`run_url`](crate::Runner::run_url).
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// This one, with what was reverted before it.
    #[cfg(feature = "cli")]
    pub(crate) fn after(self, reverted: &Self) -> Self {
        let warnings = self.warnings.into_iter().chain(reverted.warnings.iter().cloned()).collect();
        let duration = self.duration + reverted.duration;
        Self { reverted: reverted.reverted.clone(), duration, warnings, ..self }
    }

    /// Takes over what a plan says that reverts.
    pub(crate) fn is_warned(&mut self, plan: &Plan<'_>) {
        self.warnings = plan.warnings().to_vec();
    }

    /// The folder has what the binary does not.
    pub(crate) fn is_stale(&mut self, warnings: Vec<String>) {
        (self.stale, self.warnings) = (warnings.len(), warnings);
    }

    /// Adds what the reader should know, and was no reason to stop.
    pub(crate) fn warn(&mut self, warning: Option<String>) {
        self.warnings.extend(warning);
    }

    pub(crate) fn warnings_of_binary(&self) -> &[String] {
        &self.warnings[..self.stale]
    }

    pub(crate) fn warnings_of_database(&self) -> &[String] {
        &self.warnings[self.stale..]
    }

    /// Takes over from a plan what it found done. What others applied while this run was waiting counts as theirs.
    pub(crate) fn found(&mut self, plan: &Plan<'_>) {
        let own = self.applied.iter().filter(|done| done.version > 0).count();
        self.already_applied = plan.applied().saturating_sub(own);
        self.ahead = plan.ahead().to_vec();
        (self.at, self.current) = (plan.at(), plan.current().map(str::to_owned));
        if !std::mem::replace(&mut self.is_found, true) {
            self.before.clone_from(&self.current);
        }
        self.warnings.truncate(self.stale);
        self.warnings.extend_from_slice(plan.warnings());
    }

    /// Takes over from a history where the database stands, if it has nothing above a version.
    pub(crate) fn stands(&mut self, set: &MigrationSet, history: &[HistoryRow], highest: i64) {
        let has = |row: &&HistoryRow| {
            row.version <= highest && matches!(row.state, RowState::Recorded(_) | RowState::Reverting { .. })
        };
        let versions: Vec<i64> = history.iter().filter(has).map(|row| row.version).collect();
        let current = set.iter().filter(|migration| versions.contains(&migration.version())).last();
        self.at = current.map_or(0, |migration| migration.version());
        self.current = current.map(|migration| migration.stem().to_owned());
        let newest = set.iter().last().map_or(0, |migration| migration.version());
        self.ahead = versions.into_iter().filter(|version| *version > newest).collect();
    }

    pub(crate) fn record(&mut self, step: &Step<'_>) {
        self.recorded.push(step.stem().to_owned());
        self.has(step);
    }

    /// The database has this migration now. It is the newest, unless it was out of order.
    fn has(&mut self, step: &Step<'_>) {
        if step.version() > self.at {
            (self.at, self.current) = (step.version(), Some(step.stem().to_owned()));
        }
    }

    pub(crate) fn done(&mut self, step: &Step<'_>, duration: Duration) -> &Done {
        let done = Done::new(step, duration);
        if step.action() == Action::Apply {
            self.has(step);
        }
        let list = match step.action() {
            Action::Apply => &mut self.applied,
            Action::Revert => &mut self.reverted,
        };
        list.push(done);
        &list[list.len() - 1]
    }
}

impl Done {
    pub(crate) fn new(step: &Step<'_>, duration: Duration) -> Self {
        Self { version: step.version(), stem: step.stem().to_owned(), duration }
    }

    /// The version; 0 for a repeatable migration.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name has them: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// How long it took in this run. In a transaction: from its lock to its history row, by the server's clock, of the
    /// attempt that succeeded. Without a transaction: from its claim to its end, attempts that failed and the pauses between
    /// them included; what an earlier run has spent on it is not, which is in [`LogEntry::duration`](crate::LogEntry::duration).
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = milliseconds(self.duration);
        for (verb, list) in [("applied", &self.applied), ("reverted", &self.reverted)] {
            let width = list.iter().map(|one| one.stem.len()).max().unwrap_or_default();
            if !list.is_empty() {
                writeln!(f, "{verb} {} in {elapsed}:", count(list.len(), "migration"))?;
            }
            for one in list {
                writeln!(f, "  {:width$}  {}", one.stem, milliseconds(one.duration))?;
            }
        }
        if !self.recorded.is_empty() {
            let recorded = self.recorded.join(", ");
            writeln!(f, "recorded without running: {recorded}; not checked against the schema")?;
        }
        if self.applied.is_empty() && self.reverted.is_empty() && self.recorded.is_empty() {
            f.write_str("nothing to do: ")?;
        }
        match &self.current {
            Some(stem) => write!(f, "the database is at {stem}")?,
            None => f.write_str("the database has no migration of this set")?,
        }
        if !self.ahead.is_empty() {
            let beyond = count(self.ahead.len(), "migration");
            write!(f, ", and {beyond} beyond it, applied by a newer version")?;
        }
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

/// `0.4 ms`, `12 ms`, `3.1 s`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        _ if ms >= 1000.0 => format!("{:.1} s", ms / 1000.0),
        _ if ms >= 10.0 => format!("{ms:.0} ms"),
        _ => format!("{ms:.1} ms"),
    }
}
