//! Reading the history: one message, which also says what must be known of the session. Where the caller knows what a
//! current history looks like, one that does is answered by a single row, however long it is.

use migrate_source::StoredScript;
use tokio_postgres::SimpleQueryRow;

use super::HistoryTable;
use super::digest::Digest;
use super::row::{Claimant, Found, HistoryRow, How, Progress, RowState, Sent};
use crate::catalog;
use crate::identifier::literal;
use crate::session::IN_TRANSACTION;
use crate::settings::Settings;

/// The first row of the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The caller's connection is in a transaction block.
    pub(crate) in_transaction: bool,
    /// Whether the history's schema is there; a role that may not create schemas can still use one that exists.
    pub(crate) schema_exists: bool,
    /// Whether there is what is to be locked.
    pub(crate) can_be_locked: bool,
    pub(crate) settings: Settings,
}

/// How many columns of the first row come before the settings.
const BEFORE_SETTINGS: usize = 3;

impl HistoryTable {
    /// A message of two queries: the one row of [`Reading`], and the rows of the history. The second fails where there
    /// is no table. What limits how long it waits is between the two, because the first says what was set before.
    pub(crate) fn select(&self, with_downs: bool, limit: &str) -> String {
        let down = if with_downs { "down" } else { "NULL" };
        let columns = columns_of_row(down);
        let reading = self.reading();
        format!("{reading}; {limit}SELECT {columns} FROM {self} AS history ORDER BY version, description")
    }

    /// The same, but for what a history with this digest has: that is answered by one row, see [`is_as_expected`].
    pub(crate) fn select_unless(&self, expected: &Digest, limit: &str) -> String {
        format!(
            "{reading}; {limit}WITH found (is_expected) AS MATERIALIZED (SELECT {digest} OPERATOR(pg_catalog.=) {expected} \
             FROM {self}) SELECT {columns}, found.is_expected FROM found LEFT JOIN {self} AS history \
             ON NOT found.is_expected ORDER BY version, description",
            reading = self.reading(),
            digest = Digest::expression(),
            expected = literal(expected.as_str()),
            columns = columns_of_row("NULL"),
        )
    }

    fn reading(&self) -> String {
        format!(
            "SELECT {IN_TRANSACTION}, {schema_exists}, {can_be_locked}, {settings}",
            can_be_locked = self.can_be_locked(),
            schema_exists = catalog::has_schema(&self.schema),
            settings = Settings::columns(),
        )
    }

    /// A query for the versions that are claimed, and whether the claim lives. It looks at every session there is, and is
    /// sent only where there is a claim.
    pub(crate) fn select_claims(&self) -> String {
        format!("SELECT version, {CLAIM_LIVES} FROM {self} AS history WHERE claim IS NOT NULL")
    }

    /// A query for the columns of the table, whoever made it: name and type, sorted by name.
    pub(crate) fn columns(&self) -> String {
        format!(
            "SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute \
             WHERE attrelid OPERATOR(pg_catalog.=) ({}) AND attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 \
             AND NOT attisdropped ORDER BY attname COLLATE \"C\"",
            catalog::relation(&self.schema, &self.table),
        )
    }

    /// Parses the first row of [`Self::select`].
    pub(crate) fn parse_reading(row: &SimpleQueryRow) -> Reading {
        Reading {
            in_transaction: row.get(0) == Some("t"),
            schema_exists: row.get(1) == Some("t"),
            can_be_locked: row.get(2) == Some("t"),
            settings: Settings::parse(row, BEFORE_SETTINGS),
        }
    }

    /// Parses a row of the history. `None`: somebody wrote into the table what this crate never writes.
    pub(crate) fn parse(row: &SimpleQueryRow) -> Option<HistoryRow> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let progress = || {
            let statements = row.get(7)?.parse().ok()?;
            Some(Progress { statements, checksum: text(8)? })
        };
        let claim = || {
            let pid = row.get(10).map(str::parse).transpose().ok()?;
            // Whether it lives as well is another question.
            Some(Claimant { pid, alive: row.get(11)? == "t" })
        };
        let state = match row.get(4)? {
            "applied" => RowState::Recorded(How::Applied),
            "baseline" => RowState::Recorded(How::Baseline),
            "skipped" => RowState::Recorded(How::Skipped),
            "running" => RowState::Running { progress: progress()?, claim: claim()? },
            "failed" => RowState::Failed { progress: progress()?, error: text(9)? },
            "reverting" => RowState::Reverting { progress: progress()?, claim: claim()?, error: text(9) },
            _ => return None,
        };
        let (version, description): (i64, String) = (row.get(0)?.parse().ok()?, text(1)?);
        // A repeatable migration runs in a transaction.
        if version == 0 && !matches!(state, RowState::Recorded(_)) {
            return None;
        }
        // What cannot be parsed any more is as good as not stored.
        let down = text(12)
            .and_then(|text| StoredScript::parse(format!("{version}_{description}.down.sql"), text).ok());
        Some(HistoryRow {
            version,
            description,
            checksum: text(2)?,
            tokens_checksum: text(3)?,
            state,
            started_at: text(5),
            applied_at: text(6),
            sent: row.get(13).and_then(Sent::parse),
            found: row.get(16).and_then(Found::parse),
            down,
            set_version: row.get(14).map(str::parse).transpose().ok()?,
            superseded: row.get(15).unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// The columns of a row `history`, as [`HistoryTable::parse`] wants them.
fn columns_of_row(down: &str) -> String {
    format!(
        "version, description, checksum, tokens_checksum, state, {started_at}, {applied_at}, \
         statements_done, done_checksum, error, backend_pid, claim IS NOT NULL, {down}, found_before, set_version, superseded, \
         settings_found",
        started_at = iso_8601("started_at"),
        applied_at = iso_8601("applied_at"),
    )
}

/// The column of [`HistoryTable::select_unless`] that comes after those of a row.
const IS_EXPECTED: usize = 17;

/// Whether the answer to [`HistoryTable::select_unless`] is that the history is the expected one.
pub(crate) fn is_as_expected(row: &SimpleQueryRow) -> bool {
    row.try_get(IS_EXPECTED).ok().flatten() == Some("t")
}

/// Whether such a row is there only to say that the history is another one, and has no row.
pub(crate) fn is_of_empty(row: &SimpleQueryRow) -> bool {
    row.get(0).is_none()
}

/// Whether a session works on the migration of a row. Each message of a claim begins with the claim's name, whichever of a
/// pooler's backends it came by: a backend that runs one, or has run one less than ten seconds ago, is the proof. Where a
/// pooler has given that backend to another client since, it must still be there, and the claim's last record be as young.
/// It may be the very one that asks.
///
/// Where the role may not see what a backend runs, the locks tell: every role sees `pg_locks`, and a backend that is idle
/// holds none. The backend on record counts if it has a transaction, and another of the same role if it has a lock of a
/// kind that DML does not take; but not the one that asks, which a pooler may have given to this process.
pub(super) const CLAIM_LIVES: &str = "EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS activity \
    WHERE pg_catalog.starts_with(activity.query, pg_catalog.concat('/* ', history.claim, ' */')) \
    AND (activity.state OPERATOR(pg_catalog.=) 'active'::pg_catalog.text \
    OR activity.state_change OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) \
    '10 seconds'::pg_catalog.interval)) \
    OR activity.pid OPERATOR(pg_catalog.=) history.backend_pid \
    AND (activity.backend_start OPERATOR(pg_catalog.=) history.backend_start) IS NOT FALSE \
    AND history.claimed_at OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) \
    '10 seconds'::pg_catalog.interval) \
    OR (activity.state IS NULL OR activity.state OPERATOR(pg_catalog.=) 'disabled'::pg_catalog.text) \
    AND activity.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
    AND EXISTS (SELECT FROM pg_catalog.pg_locks AS held WHERE held.pid OPERATOR(pg_catalog.=) activity.pid AND \
    (activity.pid OPERATOR(pg_catalog.=) history.backend_pid \
    AND held.locktype OPERATOR(pg_catalog.=) 'virtualxid'::pg_catalog.text \
    AND held.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'::pg_catalog.text \
    OR activity.usename OPERATOR(pg_catalog.=) history.applied_by \
    AND activity.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
    AND held.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text \
    AND held.mode OPERATOR(pg_catalog.=) ANY (ARRAY['ShareUpdateExclusiveLock', 'ShareLock', 'AccessExclusiveLock']))))";

pub(super) fn iso_8601(column: &str) -> String {
    format!("pg_catalog.to_char(pg_catalog.timezone('UTC', {column}), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}
