//! What is to be done, and in which order. Pure decisions, no I/O; how each version stands is decided in `standing`.

use std::collections::BTreeMap;
use std::fmt;

use migrate_source::{Migration, MigrationSet, Script};

use crate::contradiction::{Contradiction, ContradictionKind};
use crate::history::{Highest, HistoryRow};
use crate::rules::{Rules, Unit, stem};
use crate::standing::{Entry, Standing, classify};
use crate::step::{Claim, Resume};

pub use crate::step::{Action, Step};

/// What a run would do.
///
/// [`Display`](fmt::Display) lists it, a line a step.
#[derive(Clone, Debug, Default)]
pub struct Plan<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    /// How many migrations of the set are in the history.
    applied: usize,
    /// The newest of these.
    current: Option<Migration<'a>>,
    ahead: Vec<i64>,
    warnings: Vec<String>,
    /// The newest row of the history.
    pub(crate) highest: Highest,
    /// A migration is being applied or reverted by this backend.
    pub(crate) running: Option<Claim>,
}

impl<'a> Plan<'a> {
    /// For steps that are decided elsewhere.
    pub(crate) fn of_steps(steps: Vec<Step<'a>>, running: Option<Claim>) -> Self {
        Self { steps, running, ..Self::default() }
    }

    /// The same, with something to be said of it.
    pub(crate) fn warning(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// For a history that has every migration of the set, and no other.
    pub(crate) fn nothing(set: &'a MigrationSet) -> Self {
        Self { applied: set.len(), current: set.iter().last(), ..Self::default() }
    }

    /// What is to be done to bring a database with this history to the target, or to the end of the set.
    pub(crate) fn decide(
        set: &'a MigrationSet,
        history: &[HistoryRow],
        rules: &Rules,
    ) -> Result<Self, Vec<Contradiction>> {
        let entries = classify(set, history, rules.unit);
        let highest = Highest::of(history);
        let newest = set.iter().last().map_or(0, |migration| migration.version());
        let reached = rules.target.map_or(newest, |target| target.min(newest));
        let ahead = entries.iter().filter(|entry| entry.version > 0 && entry.standing == Standing::Ahead);
        let ahead: Vec<i64> = ahead.map(|entry| entry.version).collect();
        let mut plan = Self { ahead, highest, ..Self::default() };
        let mut contradictions = Vec::new();
        for entry in &entries {
            // A view or function stands for the newest schema: not for an older one, and not for a newer binary's.
            let is_restored = rules.restores && entry.is_as_it_was();
            let is_premature = entry.version == 0 && reached < newest && !is_restored;
            let is_late = entry.version == 0 && !plan.ahead.is_empty();
            let is_beyond = rules.target.is_some_and(|target| entry.version > target);
            match &entry.standing {
                Standing::Recorded { reformatted, .. } => {
                    plan.recorded(entry);
                    if *reformatted {
                        plan.warn(
                            entry,
                            "only comments and white space of it were edited after it was applied",
                        );
                    }
                }
                Standing::StandsFor { .. } => plan.recorded(entry),
                Standing::Pending | Standing::Superseded { .. } if is_premature => {}
                Standing::Pending | Standing::Superseded { .. } if is_late => {
                    plan.warn(entry, "it is not applied, because the database is ahead of this binary");
                }
                Standing::Superseded { by: Some(_) } => {
                    plan.warn(entry, "it is not applied, because a newer release has replaced it");
                }
                Standing::Superseded { by: None } => plan.warn(entry, SUPERSEDED),
                Standing::Pending
                | Standing::Failed { .. }
                | Standing::Running { .. }
                | Standing::Reverting { .. } => {
                    plan.pending(entry, is_beyond, reached);
                }
                Standing::Ahead if entry.version > 0 && rules.deny_ahead => {
                    contradictions.push(contradiction(set, entry, ContradictionKind::Ahead));
                }
                Standing::Ahead => {}
                Standing::Contradiction(kind) if rules.allow(entry.version, kind) => {
                    plan.warn(entry, kind.allowed());
                    match kind {
                        ContradictionKind::OutOfOrder { .. } => plan.pending(entry, is_beyond, reached),
                        _ => plan.recorded(entry),
                    }
                }
                Standing::Contradiction(kind) => {
                    let kind = match rules.drafts_above {
                        Some(sealed) if entry.version > sealed => kind.of_draft(entry.version, history),
                        _ => kind.clone(),
                    };
                    contradictions.push(contradiction(set, entry, kind));
                }
            }
        }
        contradictions.extend(left_out(set, history, rules));
        plan.in_units(rules.unit);
        if contradictions.is_empty() { Ok(plan) } else { Err(contradictions) }
    }

    /// Each of its statements by itself, where that is what is done in one transaction.
    pub(crate) fn in_units(&mut self, unit: Unit) {
        for step in &mut self.steps {
            step.in_units(unit);
        }
    }

    /// The same, with the scripts that revert its steps above a version to be stored.
    pub(crate) fn storing_downs(mut self, set: &'a MigrationSet, above: i64) -> Self {
        let downs: BTreeMap<i64, Script<'a>> =
            set.iter().filter_map(|migration| Some((migration.version(), migration.down()?))).collect();
        for step in self.steps.iter_mut().filter(|step| step.version() > above) {
            step.store(downs.get(&step.version()).copied());
        }
        self
    }

    fn recorded(&mut self, entry: &Entry<'a, '_>) {
        if entry.version > 0 && entry.migration.is_some() {
            self.applied += 1;
            self.current = entry.migration;
        }
    }

    /// What is not done yet, on the way to the version that is reached in the end.
    fn pending(&mut self, entry: &Entry<'a, '_>, is_beyond: bool, reached: i64) {
        let sent = || entry.row.and_then(|row| row.sent.clone());
        let found = || entry.row.and_then(|row| row.found.clone());
        let resume = match &entry.standing {
            Standing::Failed { progress } => {
                Some(Resume { progress: progress.clone(), was_cut: false, sent: sent(), found: found() })
            }
            Standing::Running { pid, alive, progress } => {
                if *alive && !is_beyond {
                    self.running.get_or_insert(Claim { stem: entry.stem(), pid: *pid });
                }
                Some(Resume { progress: progress.clone(), was_cut: true, sent: sent(), found: found() })
            }
            // Once that is over, it is pending like any other.
            Standing::Reverting { pid, .. } => {
                if !is_beyond {
                    self.running.get_or_insert(Claim { stem: entry.stem(), pid: *pid });
                }
                None
            }
            _ => None,
        };
        if let Some(migration) = entry.migration
            && !is_beyond
        {
            self.steps.push(match entry.version {
                0 => Step::repeat(migration, entry.row, reached),
                _ => Step::apply(migration, resume),
            });
        }
    }

    fn warn(&mut self, entry: &Entry<'_, '_>, what: &str) {
        self.warnings.push(format!("{}: {what}", entry.stem()));
    }

    /// What would be done, in this order.
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many migrations of the set the database has already; repeatable ones do not count.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// Version and description of the newest migration of the set that the database has.
    pub fn current(&self) -> Option<&'a str> {
        self.current.map(|migration| migration.stem())
    }

    /// Its version, or 0.
    pub(crate) fn at(&self) -> i64 {
        self.current.map_or(0, |migration| migration.version())
    }

    /// The versions that the database has beyond everything in the set: it was brought there by a newer binary.
    pub fn ahead(&self) -> &[i64] {
        &self.ahead
    }

    /// What is not as it should be, and no reason to stop: a line each, beginning with version and description.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// An older binary cannot be told from one whose text goes back to a former one.
const SUPERSEDED: &str = "it is not applied, because this text of it was replaced by another one in this database: to apply it, \
                          change it (a comment is enough), or add a migration";

/// The file that has no statement, if the history has it, or has one of those that come after it.
fn left_out(set: &MigrationSet, history: &[HistoryRow], rules: &Rules) -> Option<Contradiction> {
    let (version, file) = rules.left_out.first().filter(|(version, _)| *version > 0)?;
    let later = || history.iter().rev().find(|row| rules.left_out.file_of(row.version).is_some());
    let kind = match history.iter().find(|row| row.version == version) {
        Some(row) if row.description == stem(file).split_once('_').unwrap_or_default().1 => {
            ContradictionKind::Changed { applied_at: row.applied_at.clone().unwrap_or_default() }
        }
        Some(row) => {
            let below = history.iter().map(|row| row.version).filter(|other| *other < version).max();
            let (was, below) = (row.stem(), below.unwrap_or_default());
            ContradictionKind::Replaced { was, now: None, below, is_finished: true }
        }
        None => {
            let after = rules.left_out.file_of(later()?.version).map_or("", stem).to_owned();
            ContradictionKind::OutOfOrder { after }
        }
    };
    let subject = format!("{}/{file}", set.folder());
    (!rules.allow(version, &kind)).then_some(Contradiction { subject, version, kind })
}

fn contradiction(set: &MigrationSet, entry: &Entry<'_, '_>, kind: ContradictionKind) -> Contradiction {
    Contradiction { subject: entry.subject(set.folder()), version: entry.version, kind }
}

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.steps.first() else {
            return f.write_str("nothing to do");
        };
        write!(f, "{} to {}:", count(self.steps.len(), "migration"), first.action().name())?;
        for step in &self.steps {
            write!(f, "\n  {step}")?;
        }
        Ok(())
    }
}

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests;
