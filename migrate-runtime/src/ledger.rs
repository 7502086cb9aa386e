//! Reading the history table, creating it and writing to it: what the server answers, and what its refusals mean.

use std::collections::BTreeMap;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Error, SimpleQueryRow};

use crate::apply::Outcome;
use crate::error::{Doing, ErrorKind};
use crate::foreign;
use crate::guard;
use crate::history::{HistoryRow, HistoryTable, Reading};
use crate::message::Own;
use crate::session::Session;
use crate::settings::Settings;

/// The history as it was read, and the session by which it was.
pub(crate) struct Ledger {
    /// Ordered by version and description. `None`: there is no such table.
    pub(crate) rows: Option<Vec<HistoryRow>>,
    pub(crate) settings: Settings,
    pub(crate) schema_exists: bool,
}

impl Ledger {
    pub(crate) fn history(&self) -> &[HistoryRow] {
        self.rows.as_deref().unwrap_or_default()
    }
}

/// Reads every row. One round trip.
pub(crate) async fn read(session: &Session<'_>, history: &HistoryTable) -> Result<Ledger, ErrorKind> {
    select(session, history, false).await
}

/// The same with the down scripts that are stored in the rows.
pub(crate) async fn read_with_downs(
    session: &Session<'_>,
    history: &HistoryTable,
) -> Result<Ledger, ErrorKind> {
    select(session, history, true).await
}

async fn select(
    session: &Session<'_>,
    history: &HistoryTable,
    with_downs: bool,
) -> Result<Ledger, ErrorKind> {
    loop {
        let mut ledger = select_rows(session, history, with_downs).await?;
        let rows = ledger.rows.as_deref_mut().unwrap_or_default();
        let is_claimed = rows.iter_mut().any(|row| row.claim().is_some_and(|claim| claim.alive));
        if !is_claimed || find_living(session, history, rows).await? {
            return Ok(ledger);
        }
    }
}

async fn select_rows(
    session: &Session<'_>,
    history: &HistoryTable,
    with_downs: bool,
) -> Result<Ledger, ErrorKind> {
    let (rows, result) = session.query_as_far(&history.select(with_downs)).await;
    let reading = rows.first().map(HistoryTable::parse_reading);
    // The transactions of migrations would end the caller's.
    if reading.as_ref().is_some_and(|reading| reading.in_transaction) {
        return Err(ErrorKind::OpenTransaction);
    }
    let has_table = match result {
        Ok(()) => true,
        Err(error) => exists(session, history, error).await?,
    };
    let foreign_row = |row: &SimpleQueryRow| {
        let row = format!("{}, {}", row.get(0).unwrap_or("NULL"), row.get(1).unwrap_or("NULL"));
        ErrorKind::ForeignRow { table: history.to_string(), row }
    };
    let parse = |row| HistoryTable::parse(row).ok_or_else(|| foreign_row(row));
    let Reading { settings, schema_exists, .. } = reading.unwrap_or_default();
    let rows = has_table.then(|| rows.iter().skip(1).map(parse).collect::<Result<_, _>>()).transpose()?;
    Ok(Ledger { rows, settings, schema_exists })
}

/// Tells which of the claims that there are live. False: the claims are not those of the rows any more.
async fn find_living(
    session: &Session<'_>,
    history: &HistoryTable,
    rows: &mut [HistoryRow],
) -> Result<bool, ErrorKind> {
    let claims = session
        .query(&history.select_claims())
        .await
        .map_err(|error| ErrorKind::Database { doing: Doing::Reading(history.to_string()), error })?;
    let claims: BTreeMap<i64, bool> =
        claims.iter().filter_map(|row| Some((row.get(0)?.parse().ok()?, row.get(1)? == "t"))).collect();
    for row in &mut *rows {
        let version = row.version;
        if let Some(claim) = row.claim().filter(|claim| claim.pid.is_some()) {
            let Some(alive) = claims.get(&version) else {
                return Ok(false);
            };
            claim.alive = *alive;
        }
    }
    Ok(true)
}

/// Whether the table is there that could not be read: it may be another tool's.
async fn exists(session: &Session<'_>, history: &HistoryTable, error: Error) -> Result<bool, ErrorKind> {
    let code = error.code();
    if code == Some(&SqlState::UNDEFINED_TABLE) || code == Some(&SqlState::INVALID_SCHEMA_NAME) {
        return Ok(false);
    }
    if code == Some(&SqlState::UNDEFINED_COLUMN) || code == Some(&SqlState::UNDEFINED_FUNCTION) {
        let owner = foreign::identify(session, history).await;
        return Err(ErrorKind::ForeignTable { table: history.to_string(), owner });
    }
    Err(ErrorKind::Database { doing: Doing::Reading(history.to_string()), error })
}

/// What was set on the session besides what every reading tells. One round trip.
pub(crate) async fn survey(session: &Session<'_>, settings: Settings) -> Result<Settings, ErrorKind> {
    let rows = session
        .query(&Settings::select_others())
        .await
        .map_err(|error| ErrorKind::Database { doing: Doing::ReadingSettings, error })?;
    Ok(settings.with_others(&rows))
}

/// Sends a transaction of this crate's own statements, and tells what its guards say.
pub(crate) async fn write(session: &mut Session<'_>, own: &Own) -> Result<Outcome, Error> {
    match session.transactions(&own.sql, |_| {}).await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if guard::is_a_no(&error) => {
            Ok(error.as_db_error().map_or(Outcome::Overtaken, guard::outcome))
        }
        Err(error) => Err(error),
    }
}

/// Whether another set has created the schema of the history at the same time, under another lock: IF NOT EXISTS does not
/// see that.
pub(crate) fn is_created_at_once(error: &Error) -> bool {
    let is_schema = |error: &DbError| error.table() == Some("pg_namespace");
    match error.code() {
        Some(code) if *code == SqlState::DUPLICATE_SCHEMA => true,
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => error.as_db_error().is_some_and(is_schema),
        _ => false,
    }
}

/// Creates the tables in a message of its own, and runs more of this crate's own statements with it.
pub(crate) async fn create(
    session: &mut Session<'_>,
    history: &HistoryTable,
    own: &Own,
) -> Result<Outcome, ErrorKind> {
    match write(session, own).await {
        Ok(outcome) => Ok(outcome),
        Err(error) if is_created_at_once(&error) => Ok(Outcome::Overtaken),
        Err(error) => Err(not_created(history, error)),
    }
}

pub(crate) fn not_created(history: &HistoryTable, error: Error) -> ErrorKind {
    ErrorKind::Database { doing: Doing::Creating(history.to_string()), error }
}
