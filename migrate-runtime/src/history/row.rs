//! The rows of the history as values.

use std::collections::BTreeSet;
use std::fmt;

use migrate_source::StoredScript;

/// One row: a migration that the database has, or one that is under way without a transaction.
#[derive(Clone, Debug)]
pub(crate) struct HistoryRow {
    /// 0 for a repeatable migration.
    pub(crate) version: i64,
    pub(crate) description: String,
    /// As it stands in the table, where a hand may have been at it.
    pub(crate) checksum: String,
    pub(crate) tokens_checksum: String,
    pub(crate) state: RowState,
    /// ISO 8601, UTC: of a migration without a transaction.
    pub(crate) started_at: Option<String>,
    /// ISO 8601, UTC. `None`: it is not yet applied.
    pub(crate) applied_at: Option<String>,
    /// The statement at which a migration without a transaction stands was sent.
    pub(crate) sent: Option<Sent>,
    /// The settings that its last statement left whose text does not show them.
    pub(crate) found: Option<Found>,
    /// The script that reverts it, where it was stored and asked for.
    pub(crate) down: Option<StoredScript>,
    /// Of a repeatable migration: the newest version of the set that ran it. `None`: it is to run again.
    pub(crate) set_version: Option<i64>,
    /// Of a repeatable migration: the checksums of the texts that were replaced.
    pub(crate) superseded: Vec<String>,
}

/// How far the migration of a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowState {
    Recorded(How),
    /// Its statements are run one by one.
    Running {
        progress: Progress,
        claim: Claimant,
    },
    /// A statement failed; the ones before it are done.
    Failed {
        progress: Progress,
        error: String,
    },
    /// The statements of its down are run one by one; with the error of the one that failed.
    Reverting {
        progress: Progress,
        claim: Claimant,
        error: Option<String>,
    },
}

/// How a migration came into the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Applied,
    Baseline,
    Skipped,
}

/// Who works on a migration without a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimant {
    /// `None`: nobody any more.
    pub(crate) pid: Option<i32>,
    pub(crate) alive: bool,
}

/// How many statements of a migration without a transaction are done, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) statements: usize,
    /// Of the tokens of these statements: see [`migrate_source::tokens_checksum`].
    pub(crate) checksum: String,
}

/// A statement that PostgreSQL takes only outside a transaction was sent, and not recorded as done since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Of its tokens: see [`migrate_source::tokens_checksum`].
    pub(crate) checksum: String,
    /// Once it was cut: whether it was done is not known from an answer.
    pub(crate) was_cut: bool,
    /// The oids of what was there before it that could be taken for its work.
    pub(crate) found_before: BTreeSet<u32>,
}

/// As it stands in the table: `<checksum> cut 16384,16390`.
impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let oids: Vec<String> = self.found_before.iter().map(u32::to_string).collect();
        write!(f, "{}{} {}", self.checksum, if self.was_cut { " cut" } else { "" }, oids.join(","))
    }
}

impl Sent {
    /// `None`: a hand was at it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (checksum, rest) = text.split_once(' ')?;
        let (was_cut, oids) = rest.strip_prefix("cut ").map_or((false, rest), |oids| (true, oids));
        let oids = oids.split(',').filter(|oid| !oid.is_empty()).map(str::parse);
        Some(Self {
            checksum: checksum.to_owned(),
            was_cut,
            found_before: oids.collect::<Result<_, _>>().ok()?,
        })
    }
}

/// The settings that the server has found behind a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The statement, from 0.
    pub(crate) statement: usize,
    /// An object of JSON, the names in the order in which they can be set.
    pub(crate) settings: String,
}

impl Found {
    /// As it stands in the table: `3 {"work_mem": "1MB"}`. `None`: a hand was at it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (statement, settings) = text.split_once(' ')?;
        Some(Self { statement: statement.parse().ok()?, settings: settings.to_owned() })
    }
}

impl RowState {
    /// As it stands in the table.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Recorded(how) => how.name(),
            Self::Running { .. } => "running",
            Self::Failed { .. } => "failed",
            Self::Reverting { .. } => "reverting",
        }
    }

    /// How far it is, where it is not finished.
    pub(crate) fn progress(&self) -> Option<&Progress> {
        match self {
            Self::Recorded(_) => None,
            Self::Running { progress, .. }
            | Self::Failed { progress, .. }
            | Self::Reverting { progress, .. } => Some(progress),
        }
    }

    /// Somebody works on it.
    pub(crate) fn is_claimed(&self) -> bool {
        match self {
            Self::Running { claim, .. } | Self::Reverting { claim, .. } => claim.alive,
            Self::Recorded(_) | Self::Failed { .. } => false,
        }
    }
}

impl How {
    /// The state of the row.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Baseline => "baseline",
            Self::Skipped => "skipped",
        }
    }
}

/// The newest row of the history that has a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Highest {
    /// 0 where there is none.
    pub(crate) version: i64,
    /// Nobody is at it, and nobody has left it half-way.
    pub(crate) is_settled: bool,
}

impl Default for Highest {
    fn default() -> Self {
        Self::settled(0)
    }
}

impl Highest {
    pub(crate) fn settled(version: i64) -> Self {
        Self { version, is_settled: true }
    }

    /// Of a history that is ordered by version.
    pub(crate) fn of(history: &[HistoryRow]) -> Self {
        history.last().filter(|row| row.version > 0).map_or(Self::default(), |row| Self {
            version: row.version,
            is_settled: matches!(row.state, RowState::Recorded(_)),
        })
    }
}

impl HistoryRow {
    /// Who works on it, if its row says that somebody does.
    pub(crate) fn claim(&mut self) -> Option<&mut Claimant> {
        match &mut self.state {
            RowState::Running { claim, .. } | RowState::Reverting { claim, .. } => Some(claim),
            _ => None,
        }
    }

    /// Version and description as a file name has them, but for leading zeros.
    pub(crate) fn stem(&self) -> String {
        match self.version {
            0 => format!("R_{}", self.description),
            version => format!("{version}_{}", self.description),
        }
    }
}
