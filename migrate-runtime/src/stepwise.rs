//! The second path: a migration without a transaction. Its statements go one message each, because PostgreSQL refuses
//! `CREATE INDEX CONCURRENTLY` and its like in a message of several, and how far it got is recorded after each, so
//! that a run after a failure or a crash goes on where it stopped.

use migrate_source::{BuiltIndex, index_built_concurrently};
use tokio_postgres::Error;

use crate::apply::{Outcome, Workshop};
use crate::failure::{self, Failure, Place};
use crate::history::{Progress, StatementsChecksum};
use crate::identifier::{literal, quote_identifier};
use crate::message;
use crate::plan::{Resume, Step};
use crate::session::{Reply, Session};
use crate::settings::Settings;

/// Claims the migration, runs its statements, and records each.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    highest: i64,
) -> Result<Outcome, Failure> {
    if let Some(outcome) = claim(shop, step, highest).await? {
        return Ok(outcome);
    }
    let (version, script) = (step.migration.version(), step.migration.up());
    let last = script.statements().len() - 1;
    let mut checksum = StatementsChecksum::default();
    for (index, range) in script.statements().enumerate() {
        let sql = &script.text()[range];
        checksum.add(sql);
        if index < step.resumes_at() {
            continue;
        }
        let resume = step.resume.as_ref().filter(|_| index == step.resumes_at());
        if let Err(error) = run_statement(shop.session, sql, resume).await {
            let excerpt = failure::in_statement(step, index, error.as_db_error());
            // If even this cannot be written, the row goes on to say `running`, by a backend that is idle or gone.
            let record = shop.history.fail(version, &describe(&error));
            let record = closing(shop.settings, &record);
            let _ = shop.session.query(&record).await;
            return Err(failed(step, index, Place::Script(excerpt), error));
        }
        if index < last {
            let progress = Progress { statements: index + 1, checksum: checksum.value() };
            let record = shop.history.advance(version, &progress);
            let record = format!("{}{record}", shop.settings.assume_identity());
            shop.session.query(&record).await.map_err(|error| failed(step, index, Place::History, error))?;
        }
    }
    // Also where the statement that failed was the last, and was removed from the file.
    let record = shop.history.finish(&step.migration, &shop.mark);
    let rows = shop.session.query(&closing(shop.settings, &record)).await;
    let rows = rows.map_err(|error| failed(step, last, Place::History, error))?;
    let duration = rows.iter().find_map(|row| shop.mark.read(row));
    shop.applied(step, duration.unwrap_or_default());
    Ok(Outcome::Done)
}

/// The last word on a migration: its record, and the session as it was before.
fn closing(settings: &Settings, record: &str) -> String {
    format!("{}{record};{}{}", settings.assume_identity(), settings.restore(), settings.sweep())
}

/// Writes the row that says who is at it. `Some`: somebody else is.
async fn claim(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    highest: i64,
) -> Result<Option<Outcome>, Failure> {
    let (history, version) = (shop.history, step.migration.version());
    let (condition, sql) = match &step.resume {
        None => (history.is_unchanged(highest, version), history.begin(&step.migration)),
        Some(resume) => (history.is_abandoned(version, &resume.progress), history.take_over(&step.migration)),
    };
    let own = message::own(history, shop.timeouts, &condition, &sql);
    let mut completed = 0;
    let count = |reply| completed += usize::from(matches!(reply, Reply::Completed));
    match shop.session.transactions(&own.sql, count).await {
        Ok(()) => Ok(None),
        Err(error) if message::is_no(&own.guards, completed, &error) => Ok(Some(Outcome::Overtaken)),
        Err(error) => Err(Failure::new(step, Place::History, error)),
    }
}

/// Runs a statement; the one at which a migration goes on may have left an index behind.
async fn run_statement(session: &Session<'_>, sql: &str, resume: Option<&Resume>) -> Result<(), Error> {
    if let Some(resume) = resume
        && let Some(index) = index_built_concurrently(sql)
    {
        match find_index(session, &index).await? {
            Some(found) if !found.is_valid => {
                tracing::warn!(index = found.name, "dropping the invalid index of a build that was cut");
                session.query(&format!("DROP INDEX CONCURRENTLY {}", found.name)).await?;
            }
            // The build had finished when its process went away.
            Some(_) if resume.was_cut => return Ok(()),
            _ => {}
        }
    }
    session.query(sql).await.map(drop)
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
fn failed(step: &Step<'_>, statements_done: usize, place: Place, error: Error) -> Failure {
    Failure { statements_done: Some(statements_done), ..Failure::new(step, place, error) }
}

fn describe(error: &Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}
