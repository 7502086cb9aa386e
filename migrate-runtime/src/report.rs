//! What a run did. Also carried by an error: what was applied before it failed.

use std::fmt;
use std::time::Duration;

use crate::plan::{Plan, count};

/// What a run did.
///
/// [`Display`](fmt::Display) prints it for a log or a terminal; with the feature `serde` it can be serialised.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Report {
    applied: Vec<Applied>,
    already_applied: usize,
    ahead: Vec<i64>,
    current: Option<String>,
    pub(crate) duration: Duration,
}

/// A migration that a run applied.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Applied {
    version: i64,
    stem: String,
    duration: Duration,
}

impl Report {
    /// The migrations that this run applied, in this order.
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// How many migrations of the set were applied before this run, by it or by others.
    pub fn already_applied(&self) -> usize {
        self.already_applied
    }

    /// The versions that the database has beyond everything in the set, as during a rolling deployment.
    pub fn ahead(&self) -> &[i64] {
        &self.ahead
    }

    /// Version and description of the newest migration of the set that the database has now: `0003_tenant_users`.
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// How long the run took, waiting included.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Takes over from a plan what it found done. What others applied while this run was waiting counts as theirs.
    pub(crate) fn found(&mut self, plan: &Plan<'_>) {
        self.already_applied = plan.applied().saturating_sub(self.applied.len());
        self.ahead = plan.ahead().to_vec();
        self.current = plan.current().map(str::to_owned);
    }

    pub(crate) fn applied_one(&mut self, version: i64, stem: &str, duration: Duration) {
        self.applied.push(Applied { version, stem: stem.to_owned(), duration });
        self.current = Some(stem.to_owned());
    }
}

impl Applied {
    /// The version.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name has them: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// How long it took, by the server's clock.
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.applied.is_empty() {
            f.write_str("nothing to do")?;
        } else {
            let width = self.applied.iter().map(|one| one.stem.len()).max().unwrap_or_default();
            let elapsed = milliseconds(self.duration);
            write!(f, "applied {} in {elapsed}:", count(self.applied.len(), "migration"))?;
            for one in &self.applied {
                write!(f, "\n  {:width$}  {}", one.stem, milliseconds(one.duration))?;
            }
            f.write_str("\n")?;
        }
        let separator = if self.applied.is_empty() { ": " } else { "" };
        match &self.current {
            Some(stem) => write!(f, "{separator}the database is at {stem}")?,
            None => write!(f, "{separator}the database has no migration of this set")?,
        }
        if !self.ahead.is_empty() {
            let beyond = count(self.ahead.len(), "migration");
            write!(f, ", and {beyond} of a newer binary beyond it")?;
        }
        Ok(())
    }
}

/// `0.4 ms`, `12 ms`, `3.1 s`.
fn milliseconds(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        _ if ms >= 1000.0 => format!("{:.1} s", ms / 1000.0),
        _ if ms >= 10.0 => format!("{ms:.0} ms"),
        _ => format!("{ms:.1} ms"),
    }
}
