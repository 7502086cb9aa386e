//! Reading the log.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::HistoryTable;
use super::read::iso_8601;
use crate::audit::LogEntry;

impl HistoryTable {
    /// A query for the newest entries of the log, in the order in which they were added.
    pub(crate) fn select_log(&self, newest: Option<usize>) -> String {
        let limit = newest.map(|newest| format!(" LIMIT {newest}")).unwrap_or_default();
        format!(
            "SELECT {at}, action, version, description, outcome, detail, milliseconds, done_by, application, package \
             FROM (SELECT * FROM {log} ORDER BY id DESC{limit}) AS newest ORDER BY id",
            at = iso_8601("at"),
            log = self.log(),
        )
    }

    /// A query for which of these versions were reverted last of all.
    pub(crate) fn select_reverted(&self, versions: &[i64]) -> String {
        let list = versions.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "SELECT version FROM (SELECT DISTINCT ON (version) version, action FROM {log} \
             WHERE outcome OPERATOR(pg_catalog.=) 'done' AND version IN ({list}) ORDER BY version, id DESC) AS newest \
             WHERE action OPERATOR(pg_catalog.=) 'revert'",
            log = self.log(),
        )
    }

    /// Parses a row of [`Self::select_log`]. `None`: it has a value missing that every entry has.
    pub(crate) fn parse_entry(row: &SimpleQueryRow) -> Option<LogEntry> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let milliseconds = row.get(6).and_then(|text| text.parse::<f64>().ok());
        Some(LogEntry {
            at: text(0)?,
            action: text(1)?,
            version: row.get(2)?.parse().ok()?,
            description: text(3)?,
            outcome: text(4)?,
            detail: text(5),
            duration: milliseconds.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()),
            done_by: text(7)?,
            application: text(8)?,
            package: text(9),
        })
    }
}
