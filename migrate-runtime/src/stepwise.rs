//! The second path: a migration without a transaction. Its statements go one message each, and how far it got is recorded
//! with each, so that a run after a failure or a crash goes on where it stopped. A statement that PostgreSQL takes in a
//! transaction has one with its record; `CREATE INDEX CONCURRENTLY` and its like are recorded afterwards.

use migrate_source::{BuiltIndex, changes_session, index_built_concurrently, is_refused_in_transaction};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::apply::{Outcome, Workshop};
use crate::error::cause;
use crate::failure::{self, Failure, Place};
use crate::history::{Progress, StatementsChecksum};
use crate::identifier::{literal, quote_identifier};
use crate::ledger;
use crate::message;
use crate::plan::{Resume, Step};
use crate::session::Session;
use crate::settings::Settings;

/// Claims the migration, runs its statements, and records each.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    highest: i64,
) -> Result<Outcome, Failure> {
    if claim(shop, step, highest).await? == Outcome::Overtaken {
        return Ok(Outcome::Overtaken);
    }
    let (version, script) = (step.migration.version(), step.migration.up());
    let all = script.statements().len();
    let mut checksum = StatementsChecksum::default();
    for (index, range) in script.statements().enumerate() {
        let sql = &script.text()[range];
        checksum.add(sql);
        if index < step.resumes_at() {
            // What comes after them may rely on the settings that these made.
            if changes_session(sql) {
                let result = shop.session.execute(sql).await;
                result.map_err(|error| failed(step, index, Sent { sql, before: 0 }, error))?;
            }
            continue;
        }
        let progress = Progress { statements: index + 1, checksum: checksum.value() };
        let advance =
            format!("{}{};", shop.settings.assume_identity(), shop.history.advance(version, &progress));
        let resume = step.resume.as_ref().filter(|_| index == step.resumes_at());
        if let Err((failure, error)) = run(shop, step, (index, sql), &advance, resume).await {
            // If even this cannot be written, the row goes on to say `running`, by a backend that is idle or gone.
            let record = shop.history.fail(version, &error);
            let _ = shop.session.execute(&closing(shop.settings, &record)).await;
            return Err(failure);
        }
    }
    let record = shop.history.finish(&step.migration, &shop.mark);
    let rows = shop.session.query(&closing(shop.settings, &record)).await;
    let rows = rows.map_err(|error| Failure {
        statements_done: Some(all),
        ..Failure::new(step, Place::History, error)
    })?;
    let duration = rows.iter().find_map(|row| shop.mark.read(row));
    shop.applied(step, duration.unwrap_or_default());
    Ok(Outcome::Done)
}

/// A statement as it was sent: in a message, behind so many bytes.
#[derive(Clone, Copy)]
struct Sent<'a> {
    sql: &'a str,
    before: usize,
}

/// Runs a statement and records that it is done: together in a transaction, so that no cut can come between, unless
/// PostgreSQL refuses the statement there. The error comes with its text for the history.
async fn run(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    (index, sql): (usize, &str),
    advance: &str,
    resume: Option<&Resume>,
) -> Result<(), (Failure, String)> {
    if !is_refused_in_transaction(sql) {
        let begin = message::begin_statement(shop.timeouts);
        let message = format!("{begin}{sql}\n;\n{advance}\nCOMMIT;\n");
        match shop.session.transactions(&message, |_| {}).await {
            Ok(()) => return Ok(()),
            // The text did not show it: a procedure that commits, for example. Nothing of it was done.
            Err(error) if error.code().is_some_and(|code| REFUSALS.contains(code)) => {}
            Err(error) => {
                let text = cause(&error);
                return Err((failed(step, index, Sent { sql: &message, before: begin.len() }, error), text));
            }
        }
    }
    let result = match run_alone(shop.session, sql, resume).await {
        Ok(()) => shop.session.execute(advance).await,
        Err(error) => Err(error),
    };
    result.map_err(|error| {
        let text = cause(&error);
        (failed(step, index, Sent { sql, before: 0 }, error), text)
    })
}

/// "cannot run inside a transaction block", and `COMMIT` in a procedure that is called in one.
const REFUSALS: [SqlState; 2] = [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];

/// The last word on a migration: its record, and the session as it was before.
fn closing(settings: &Settings, record: &str) -> String {
    format!("{}{record};{}{}", settings.assume_identity(), settings.restore(), settings.sweep())
}

/// Writes the row that says who is at it.
async fn claim(shop: &mut Workshop<'_, '_>, step: &Step<'_>, highest: i64) -> Result<Outcome, Failure> {
    let (history, version) = (shop.history, step.migration.version());
    let (condition, sql) = match &step.resume {
        None => (history.is_unchanged(highest, version), history.begin(&step.migration)),
        Some(resume) => (history.is_abandoned(version, &resume.progress), history.take_over(&step.migration)),
    };
    let own = message::own(history, shop.timeouts, &condition, &sql);
    ledger::write(shop.session, &own).await.map_err(|error| Failure::new(step, Place::History, error))
}

/// Runs a statement outside a transaction; the one at which a migration goes on may have left an index behind.
async fn run_alone(session: &Session<'_>, sql: &str, resume: Option<&Resume>) -> Result<(), Error> {
    if let Some(resume) = resume
        && let Some(index) = index_built_concurrently(sql)
    {
        match find_index(session, &index).await? {
            Some(found) if !found.is_valid => {
                tracing::warn!(index = found.name, "dropping the invalid index of a build that was cut");
                session.execute(&format!("DROP INDEX CONCURRENTLY {}", found.name)).await?;
            }
            // The build had finished when its process went away.
            Some(_) if resume.was_cut => return Ok(()),
            _ => {}
        }
    }
    session.execute(sql).await
}

/// An index in the catalog.
struct FoundIndex {
    /// Qualified and quoted.
    name: String,
    is_valid: bool,
}

async fn find_index(session: &Session<'_>, index: &BuiltIndex<'_>) -> Result<Option<FoundIndex>, Error> {
    let sql = format!(
        "SELECT namespace.nspname, class.relname, index.indisvalid \
         FROM pg_catalog.pg_index AS index \
         JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) index.indexrelid \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
         WHERE class.relname OPERATOR(pg_catalog.=) {name}::pg_catalog.name \
         AND index.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({table})",
        name = literal(&index.name),
        table = literal(index.table),
    );
    let rows = session.query(&sql).await?;
    let parse = |row: &tokio_postgres::SimpleQueryRow| {
        let name = format!("{}.{}", quote_identifier(row.get(0)?), quote_identifier(row.get(1)?));
        Some(FoundIndex { name, is_valid: row.get(2)? == "t" })
    };
    Ok(rows.first().and_then(parse))
}

/// What is done stays done, unlike in a transaction.
fn failed(step: &Step<'_>, index: usize, sent: Sent<'_>, error: Error) -> Failure {
    let excerpt = failure::in_statement(step, index, sent.sql, sent.before, error.as_db_error());
    Failure { statements_done: Some(index), ..Failure::new(step, Place::Script(excerpt), error) }
}
