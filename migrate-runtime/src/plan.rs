//! What is to be done, and in which order. Pure decisions, no I/O; how each version stands is decided in `standing`.

use std::fmt;

use migrate_source::{Migration, MigrationSet};

use crate::contradiction::Contradiction;
use crate::history::{HistoryRow, Progress};
use crate::standing::{Standing, classify};

/// What a run would do.
///
/// [`Display`](fmt::Display) lists it, a line a step.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    steps: Vec<Step<'a>>,
    /// How many migrations of the set are in the history.
    applied: usize,
    /// Version and description of the newest of these.
    current: Option<&'a str>,
    ahead: Vec<i64>,
    /// The highest version in the history, or 0.
    highest: i64,
    /// A migration is being applied by this backend.
    running: Option<Claim>,
}

/// One migration that is to be applied.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    pub(crate) migration: Migration<'a>,
    /// A non-transactional migration that is begun already.
    pub(crate) resume: Option<Resume>,
}

/// Where a non-transactional migration that was begun and not finished goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) progress: Progress,
    /// Its process went away in the middle of a statement, which therefore may be done or half-done. Otherwise the
    /// statement failed.
    pub(crate) was_cut: bool,
}

/// A backend that works on a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) stem: String,
    pub(crate) pid: i32,
}

impl<'a> Plan<'a> {
    /// What is to be done to bring a database with this history to the target, or to the end of the set.
    pub(crate) fn decide(
        set: &'a MigrationSet,
        history: &[HistoryRow],
        target: Option<i64>,
    ) -> Result<Self, Vec<Contradiction>> {
        let entries = classify(set, history);
        let mut plan = Self {
            steps: Vec::new(),
            applied: 0,
            current: None,
            ahead: Vec::new(),
            highest: history.last().map_or(0, |row| row.version),
            running: None,
        };
        let mut contradictions = Vec::new();
        for entry in &entries {
            let mut step = |resume| {
                if let Some(migration) = entry.migration
                    && target.is_none_or(|target| migration.version() <= target)
                {
                    plan.steps.push(Step { migration, resume });
                }
            };
            match &entry.standing {
                Standing::Applied => {
                    plan.applied += 1;
                    plan.current = entry.migration.map(|migration| migration.stem());
                }
                Standing::Pending => step(None),
                Standing::Failed { progress } => {
                    step(Some(Resume { progress: progress.clone(), was_cut: false }));
                }
                Standing::Running { pid, alive, progress } => {
                    step(Some(Resume { progress: progress.clone(), was_cut: true }));
                    if *alive {
                        let stem = entry.stem();
                        plan.running.get_or_insert(Claim { stem, pid: *pid });
                    }
                }
                Standing::Ahead => plan.ahead.push(entry.version),
                Standing::Contradiction(kind) => contradictions.push(Contradiction {
                    subject: entry.subject(set.folder()),
                    version: entry.version,
                    kind: kind.clone(),
                }),
            }
        }
        if contradictions.is_empty() { Ok(plan) } else { Err(contradictions) }
    }

    /// The migrations that would be applied, in this order.
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many migrations of the set the database has already.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// Version and description of the newest migration of the set that the database has.
    pub fn current(&self) -> Option<&'a str> {
        self.current
    }

    pub(crate) fn highest(&self) -> i64 {
        self.highest
    }

    pub(crate) fn running(&self) -> Option<&Claim> {
        self.running.as_ref()
    }

    /// The versions that the database has beyond everything in the set: it was brought there by a newer binary.
    pub fn ahead(&self) -> &[i64] {
        &self.ahead
    }
}

impl<'a> Step<'a> {
    /// The migration.
    pub fn migration(&self) -> Migration<'a> {
        self.migration
    }

    /// Whether its statements are sent one by one, each on its own.
    pub(crate) fn is_stepwise(&self) -> bool {
        !self.migration.up().is_transactional()
    }

    /// The statement, from 0, at which a non-transactional migration goes on that was begun and not finished.
    pub fn resumes_at(&self) -> usize {
        self.resume.as_ref().map_or(0, |resume| resume.progress.statements)
    }
}

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        write!(f, "{} to apply:", count(self.steps.len(), "migration"))?;
        for step in &self.steps {
            write!(f, "\n  {}", step.migration.stem())?;
            if !step.migration.up().is_transactional() {
                f.write_str("  without a transaction")?;
            }
            if step.resume.is_some() {
                write!(f, ", from statement {} on", step.resumes_at() + 1)?;
            }
        }
        Ok(())
    }
}

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
