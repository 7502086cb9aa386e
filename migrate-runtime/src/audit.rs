//! Reading the log of the history: what was done to the database, when, by whom.

use std::time::Duration;

use tokio_postgres::Client;

use crate::error::{Doing, Error, ErrorKind};
use crate::history::HistoryTable;
use crate::options::Runner;
use crate::{ledger, question};

/// An entry of the log. Entries are only added, never changed.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LogEntry {
    pub(crate) at: String,
    pub(crate) action: String,
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) outcome: String,
    pub(crate) detail: Option<String>,
    pub(crate) duration: Option<Duration>,
    pub(crate) done_by: String,
    pub(crate) application: String,
    pub(crate) package: Option<String>,
}

impl Runner<'_> {
    /// The newest entries of the log, as many as this, the oldest of them first. `None`: all. Where there is no history
    /// yet, there are none. Costs one round trip, takes no lock and writes nothing; the role needs `SELECT` on the log.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub async fn log(
        &self,
        client: &mut Client,
        newest: impl Into<Option<usize>>,
    ) -> Result<Vec<LogEntry>, Error> {
        let session = self.session(client);
        let doing = Doing::ReadingLog(self.history.log());
        let question = self.history.select_log(newest.into());
        match question::ask(&session, &self.history, doing, &question).await {
            Ok(rows) if !rows.is_empty() => {
                return Ok(rows.iter().filter_map(HistoryTable::parse_entry).collect());
            }
            Ok(_) => {}
            Err(ErrorKind::Database { error, .. }) if ledger::is_missing(&error) => {}
            Err(kind) => return Err(self.error(kind)),
        }
        // Nothing was done here by this set; perhaps by another tool.
        match self.must_have_been_adopted(&session).await {
            Err(kind @ ErrorKind::NotAdopted(_)) => Err(self.error(kind)),
            _ => Ok(Vec::new()),
        }
    }
}

impl LogEntry {
    /// When, ISO 8601 in UTC.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What was done: `apply`, `revert`, `baseline`, `skip` or `repair`.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The version of the migration; 0 for a repeatable one.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Its description.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// `done` or `failed`.
    pub fn outcome(&self) -> &str {
        &self.outcome
    }

    /// What failed, or what else there is to say.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// How long the migration took in all, where something was run, by the server's clock: of one without a transaction from
    /// the first claim to the end, so that the time between a run that failed and the one that finished it is included.
    pub fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// The role that did it.
    pub fn done_by(&self) -> &str {
        &self.done_by
    }

    /// Its `application_name`.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Name and version of the program that embeds the migrations.
    pub fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }
}
