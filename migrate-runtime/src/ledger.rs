//! Reading the history table, creating it and writing to it: what the server answers, and what its refusals mean.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::apply::Outcome;
use crate::error::ErrorKind;
use crate::history::{HistoryRow, HistoryTable};
use crate::message::{self, Own, Timeouts};
use crate::session::{Reply, Session};
use crate::settings::Settings;

/// Every row, ordered by version. `None`: there is no such table. One round trip.
pub(crate) async fn read(
    session: &Session<'_>,
    history: &HistoryTable,
) -> Result<Option<Vec<HistoryRow>>, ErrorKind> {
    let (rows, result) = session.query_as_far(&history.select()).await;
    // The transactions of migrations would end the caller's.
    if rows.first().and_then(|row| row.get(0)) == Some("t") {
        return Err(ErrorKind::OpenTransaction);
    }
    if let Err(error) = result {
        return refused(history, error);
    }
    let parsed = rows.iter().skip(1).map(HistoryTable::parse).collect::<Option<Vec<_>>>();
    parsed.map(Some).ok_or_else(|| ErrorKind::ForeignRow { table: history.to_string() })
}

fn refused<T>(history: &HistoryTable, error: Error) -> Result<Option<T>, ErrorKind> {
    let code = error.code();
    if code == Some(&SqlState::UNDEFINED_TABLE) || code == Some(&SqlState::INVALID_SCHEMA_NAME) {
        return Ok(None);
    }
    if code == Some(&SqlState::UNDEFINED_COLUMN) {
        return Err(ErrorKind::ForeignTable { table: history.to_string() });
    }
    Err(ErrorKind::Database { doing: format!("reading the history table {history}"), error })
}

/// What the one of two processes hears that comes second.
const CREATED_AT_ONCE: [SqlState; 3] =
    [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA, SqlState::DUPLICATE_TABLE];

/// What must be known before something is changed.
pub(crate) struct Survey {
    pub(crate) settings: Settings,
    schema_exists: bool,
}

/// Asks for it. One round trip.
pub(crate) async fn survey(session: &Session<'_>, history: &HistoryTable) -> Result<Survey, ErrorKind> {
    let message = format!("{}; {}", Settings::select(), history.schema_exists());
    let rows = session.query(&message).await.map_err(|error| ErrorKind::Database {
        doing: "reading the settings of the session".to_owned(),
        error,
    })?;
    let (last, settings) = rows.split_last().map_or((None, &[][..]), |(last, rest)| (last.get(0), rest));
    let settings = Settings::parse(settings);
    if !settings.has_standard_strings() {
        return Err(ErrorKind::NonstandardStrings);
    }
    Ok(Survey { settings, schema_exists: last == Some("t") })
}

/// Sends a transaction of this crate's own statements. `Overtaken`: a guard says that another process is at it.
pub(crate) async fn write(session: &mut Session<'_>, own: &Own) -> Result<Outcome, Error> {
    let mut completed = 0;
    let count = |reply| completed += usize::from(matches!(reply, Reply::Completed));
    match session.transactions(&own.sql, count).await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if message::is_no(&own.guards, completed, &error) => Ok(Outcome::Overtaken),
        Err(error) => Err(error),
    }
}

/// Creates the table, and its schema where that is missing.
pub(crate) async fn create(
    session: &mut Session<'_>,
    history: &HistoryTable,
    timeouts: Timeouts,
    survey: &Survey,
) -> Result<Outcome, ErrorKind> {
    let failed = |error| {
        let doing = format!("creating the history table {history}");
        Err(ErrorKind::Database { doing, error })
    };
    let mut sql = history.create();
    if !survey.schema_exists {
        sql.insert_str(0, &history.create_schema());
    }
    let own = message::own(history, timeouts, &history.is_missing(), &sql);
    match write(session, &own).await {
        Ok(outcome) => Ok(outcome),
        // Another set with another lock creates the same schema at the same time: IF NOT EXISTS does not see that.
        Err(error) if error.code().is_some_and(|code| CREATED_AT_ONCE.contains(code)) => {
            Ok(Outcome::Overtaken)
        }
        Err(error) => failed(error),
    }
}
