//! Reading the history table, creating it and writing to it: what the server answers, and what its refusals mean.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Error, SimpleQueryRow};

use crate::apply::Outcome;
use crate::backoff::Backoff;
use crate::error::{Doing, ErrorKind, cause};
use crate::foreign;
use crate::guard;
use crate::history::{self, Digest, HistoryRow, HistoryTable, Reading};
use crate::message::{self, Own};
use crate::question::{self, Question};
use crate::session::{self, Reply, Session};
use crate::settings::Settings;

/// The history as it was read, and the session by which it was.
pub(crate) struct Ledger {
    /// Ordered by version and description. `None`: there is no such table.
    pub(crate) rows: Option<Vec<HistoryRow>>,
    pub(crate) settings: Settings,
    pub(crate) schema_exists: bool,
    can_be_locked: bool,
    /// The history is the one that was expected; its rows were not read.
    pub(crate) is_as_expected: bool,
}

/// What is asked of the history.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    Rows,
    /// With the down scripts that are stored in them.
    RowsWithDowns,
    /// Only if it is not this one.
    Unless(&'w Digest),
}

impl Ledger {
    /// Whether there is what is to be locked.
    pub(crate) fn can_be_locked(&self) -> bool {
        self.can_be_locked
    }

    pub(crate) fn history(&self) -> &[HistoryRow] {
        self.rows.as_deref().unwrap_or_default()
    }
}

/// Reads every row. One round trip.
pub(crate) async fn read(session: &Session<'_>, history: &HistoryTable) -> Result<Ledger, ErrorKind> {
    select(session, history, Wanted::Rows).await
}

/// The same, unless the history is the expected one: then that is all there is in the answer.
pub(crate) async fn read_unless(
    session: &Session<'_>,
    history: &HistoryTable,
    expected: &Digest,
) -> Result<Ledger, ErrorKind> {
    select(session, history, Wanted::Unless(expected)).await
}

/// The same with the down scripts that are stored in the rows.
pub(crate) async fn read_with_downs(
    session: &Session<'_>,
    history: &HistoryTable,
) -> Result<Ledger, ErrorKind> {
    select(session, history, Wanted::RowsWithDowns).await
}

async fn select(
    session: &Session<'_>,
    history: &HistoryTable,
    wanted: Wanted<'_>,
) -> Result<Ledger, ErrorKind> {
    let mut ledger = select_rows(session, history, wanted).await?;
    let rows = ledger.rows.as_deref_mut().unwrap_or_default();
    if rows.iter_mut().any(|row| row.claim().is_some_and(|claim| claim.alive)) {
        find_living(session, history, rows).await?;
    }
    Ok(ledger)
}

async fn select_rows(
    session: &Session<'_>,
    history: &HistoryTable,
    wanted: Wanted<'_>,
) -> Result<Ledger, ErrorKind> {
    let limit = session.limit();
    let message = match wanted {
        Wanted::Rows => history.select(false, &limit),
        Wanted::RowsWithDowns => history.select(true, &limit),
        Wanted::Unless(expected) => history.select_unless(expected, &limit),
    };
    let mut question = Question::new(session, history, Doing::Reading(history.to_string()));
    let (rows, reading, has_table) = loop {
        let (rows, result) = session.query_as_far(&message).await;
        let reading = rows.first().map(HistoryTable::parse_reading);
        // The transactions of migrations would end the caller's.
        if reading.as_ref().is_some_and(|reading| reading.in_transaction) {
            return Err(ErrorKind::OpenTransaction);
        }
        match result {
            Ok(()) => break (rows, reading, true),
            Err(error) if is_missing(&error) => break (rows, reading, false),
            Err(error) if has_other_columns(&error) => return Err(foreign::identify(session, history).await),
            Err(error) => question.may_ask_again(error).await?,
        }
    };
    let foreign_row = |row: &SimpleQueryRow| {
        let row = format!("{}, {}", row.get(0).unwrap_or("NULL"), row.get(1).unwrap_or("NULL"));
        ErrorKind::ForeignRow { table: history.to_string(), row }
    };
    let parse = |row| HistoryTable::parse(row).ok_or_else(|| foreign_row(row));
    let Reading { settings, schema_exists, can_be_locked, .. } = reading.unwrap_or_default();
    let is_as_expected = rows.get(1).is_some_and(history::is_as_expected);
    let rows = rows.iter().skip(1).filter(|row| !history::is_of_empty(row));
    let rows = has_table.then(|| rows.map(parse).collect::<Result<_, _>>()).transpose()?;
    Ok(Ledger { rows, settings, schema_exists, can_be_locked, is_as_expected })
}

/// Tells which of the claims that there are live. One that has gone since the rows were read was given up by somebody who
/// lived. The rows are not read again for it: a revert counts from what it read first, and would miss what it is to count.
async fn find_living(
    session: &Session<'_>,
    history: &HistoryTable,
    rows: &mut [HistoryRow],
) -> Result<(), ErrorKind> {
    let doing = Doing::Reading(history.to_string());
    let claims = question::ask(session, history, doing, &history.select_claims()).await?;
    let claims: BTreeMap<i64, bool> =
        claims.iter().filter_map(|row| Some((row.get(0)?.parse().ok()?, row.get(1)? == "t"))).collect();
    for row in &mut *rows {
        let version = row.version;
        if let Some(claim) = row.claim().filter(|claim| claim.pid.is_some()) {
            claim.alive = claims.get(&version).copied().unwrap_or(true);
        }
    }
    Ok(())
}

/// There is no such table, or no such schema.
pub(crate) fn is_missing(error: &Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::UNDEFINED_TABLE) || code == Some(&SqlState::INVALID_SCHEMA_NAME)
}

/// The table is not ours, or not as this release has it.
fn has_other_columns(error: &Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::UNDEFINED_COLUMN) || code == Some(&SqlState::UNDEFINED_FUNCTION)
}

/// Sees to it that there is what is to be locked. One round trip, once in the life of a database, where that is not an
/// advisory lock.
pub(crate) async fn make_lock(
    session: &mut Session<'_>,
    history: &HistoryTable,
    ledger: &Ledger,
) -> Result<(), ErrorKind> {
    if ledger.can_be_locked {
        return Ok(());
    }
    let creation = message::lock_creation(history, ledger.schema_exists);
    match session.transactions(&creation, |_| {}).await {
        Err(error) if !is_created_meanwhile(&error) => Err(not_created(history, error)),
        _ => Ok(()),
    }
}

/// What was set on the session besides what every reading tells. One round trip.
pub(crate) async fn survey(session: &Session<'_>, settings: Settings) -> Result<Settings, ErrorKind> {
    let rows = session
        .query(&Settings::select_others())
        .await
        .map_err(|error| ErrorKind::Database { doing: Doing::ReadingSettings, error })?;
    Ok(settings.with_others(&rows))
}

/// Sends a transaction of this crate's own statements, and tells what its guards say. That a row was discarded is an error.
pub(crate) async fn write(session: &mut Session<'_>, own: &Own) -> Result<Outcome, Error> {
    match session.transactions(&own.sql, |_| {}).await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if guard::is_a_no(&error) && !guard::is_unrecorded(&error) => {
            Ok(error.as_db_error().map_or(Outcome::Overtaken, guard::outcome))
        }
        Err(error) => Err(error),
    }
}

/// The claim that the row of a migration has; without a row, nothing.
#[derive(Default)]
pub(crate) struct ClaimOnRecord {
    pub(crate) claim: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) pid: Option<i32>,
    /// Whether that process is at work.
    pub(crate) lives: bool,
}

pub(crate) async fn claimant(
    session: &Session<'_>,
    history: &HistoryTable,
    version: i64,
) -> Result<ClaimOnRecord, Error> {
    let rows = session.query(&(session.limit() + &history.claimant(version))).await?;
    let text = |at: usize| rows.first().and_then(|row| row.get(at)).map(str::to_owned);
    Ok(ClaimOnRecord {
        claim: text(0),
        state: text(1),
        pid: text(2).and_then(|pid| pid.parse().ok()),
        lives: text(3).as_deref() == Some("t"),
    })
}

/// Sends a message that records something, and again where the server refuses it for another reason than a guard's: what
/// was done outside a transaction stays done, so that its record is worth some patience with a cancel or a full disk. The
/// answer is the first cancel, which was not meant for the record. `on_reply` hears the replies to each attempt.
pub(crate) async fn record(
    session: &mut Session<'_>,
    message: &str,
    mut on_reply: impl FnMut(Reply),
) -> Result<Option<Error>, Error> {
    const ATTEMPTS: u32 = 6;
    let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(1));
    let mut canceled = None;
    for _ in 1..ATTEMPTS {
        match session.transactions(message, &mut on_reply).await {
            Ok(()) => return Ok(canceled),
            Err(error) if guard::is_a_no(&error) || !error.as_db_error().is_some_and(session::goes_on) => {
                return Err(error);
            }
            Err(error) => {
                tracing::warn!(reason = %cause(&error), "a record could not be written: it is tried again");
                canceled = canceled.or((error.code() == Some(&SqlState::QUERY_CANCELED)).then_some(error));
            }
        }
        backoff.pause().await;
    }
    session.transactions(message, on_reply).await.map(|()| canceled)
}

/// Whether another process has created the same at the same time, under another lock or none: IF NOT EXISTS does not see
/// that, and it is the index of a catalog that does.
fn is_created_at_once(error: &Error) -> bool {
    const CATALOGS: [&str; 3] = ["pg_namespace", "pg_type", "pg_class"];
    let is_schema = |error: &DbError| error.table().is_some_and(|table| CATALOGS.contains(&table));
    match error.code() {
        Some(code) if *code == SqlState::DUPLICATE_SCHEMA => true,
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => error.as_db_error().is_some_and(is_schema),
        _ => false,
    }
}

/// The same of what is made by IF NOT EXISTS, one table like another: it is there, whoever made it.
pub(crate) fn is_created_meanwhile(error: &Error) -> bool {
    const THERE: [SqlState; 2] = [SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_TABLE];
    is_created_at_once(error) || error.code().is_some_and(|code| THERE.contains(code))
}

/// Creates the tables in a message of its own, and runs more of this crate's own statements with it.
pub(crate) async fn create(
    session: &mut Session<'_>,
    history: &HistoryTable,
    own: &Own,
) -> Result<Outcome, ErrorKind> {
    match write(session, own).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => creation_failed(session, history, error).await.map(|()| Outcome::Overtaken),
    }
}

/// What is written besides migrations could not be.
pub(crate) fn not_written(history: &HistoryTable, error: Error) -> ErrorKind {
    if guard::is_unrecorded(&error) {
        return ErrorKind::Unrecorded { table: history.to_string() };
    }
    ErrorKind::Database { doing: Doing::Writing(history.to_string()), error }
}

/// What an error means that came of creating the tables: that another process was faster, so that they are to be read again,
/// or that they cannot be created. A name that is taken is an answer only where the table is not there: by a view, or by the
/// log of a history that was dropped.
pub(crate) async fn creation_failed(
    session: &Session<'_>,
    history: &HistoryTable,
    error: Error,
) -> Result<(), ErrorKind> {
    if is_created_at_once(&error) || is_created_meanwhile(&error) && !is_absent(session, history).await {
        return Ok(());
    }
    Err(not_created(history, error))
}

async fn is_absent(session: &Session<'_>, history: &HistoryTable) -> bool {
    let rows = session.query(&format!("SELECT {}", history.is_missing())).await.unwrap_or_default();
    rows.first().and_then(|row| row.get(0)) != Some("f")
}

fn not_created(history: &HistoryTable, error: Error) -> ErrorKind {
    ErrorKind::Database { doing: Doing::Creating(history.to_string()), error }
}
