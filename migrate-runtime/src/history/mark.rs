//! A name that no script can know, one a run.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

/// Tells the runtime's own answers from the rows that a migration's queries return, and its own messages from those of
/// another run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark(String);

impl Mark {
    pub(crate) fn new() -> Self {
        Self(format!("migrate_{:016x}", RandomState::new().hash_one(())))
    }

    /// The name of the column in which the history answers that a step is recorded.
    pub(crate) fn column(&self) -> &str {
        &self.0
    }

    /// The value that a claim has in the history.
    pub(crate) fn claim(&self) -> &str {
        &self.0
    }

    /// How the message of a claim begins, so that it is recognised in `pg_stat_activity`, also behind a pooler.
    pub(crate) fn comment(&self) -> String {
        format!("/* {} */ ", self.0)
    }

    /// How long the step took by the server's clock, if the row is the answer that it is recorded.
    pub(crate) fn read(&self, row: &SimpleQueryRow) -> Option<Duration> {
        if row.columns().first()?.name() != self.0 {
            return None;
        }
        let milliseconds: f64 = row.get(0).and_then(|text| text.parse().ok()).unwrap_or_default();
        // The server's clock may have been set back in between.
        Some(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default())
    }
}
