//! The second path: a migration without a transaction. Its statements go one message each, and how far it got is recorded
//! with each, so that a run after a failure or a crash goes on where it stopped. A statement that PostgreSQL takes in a
//! transaction has one with its record; `CREATE INDEX CONCURRENTLY` and its like are recorded afterwards.
//!
//! Behind a pooler in transaction mode each message may meet another session. Therefore one in a transaction brings the
//! settings with it that the statements before it made, and leaves none behind. A statement that goes alone cannot: it
//! is refused where a `SET` stands before it and the messages were seen to meet several sessions.

use std::fmt::Write as _;

use migrate_source::{GrowingChecksum, changes_session, is_refused_in_transaction};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, SimpleQueryRow};

use crate::apply::Outcome;
use crate::error::cause;
use crate::failure::{self, Cause, Failure, Place};
use crate::guard;
use crate::history::{Highest, Progress};
use crate::ledger;
use crate::leftover;
use crate::message::{self, Envelope};
use crate::plan::Step;
use crate::session::Reply;
use crate::workshop::Workshop;

/// Claims the migration, runs its statements, and records each.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    highest: Highest,
) -> Result<Outcome, Failure> {
    let Some(script) = step.script() else {
        return Ok(Outcome::Done);
    };
    shop.ask(step)?;
    if shop.create_history(step).await? == Outcome::Overtaken {
        return Ok(Outcome::Overtaken);
    }
    let claimed = claim(shop, step, highest).await?;
    if claimed != Outcome::Done {
        return Ok(claimed);
    }
    let mut settings = String::new();
    let mut backends = Backends::default();
    let mut checksum = GrowingChecksum::default();
    for (index, range) in script.statements().enumerate() {
        let sql = &script.text()[range];
        checksum.add(sql);
        if index >= step.resumes_at() {
            if let Some(hooks) = shop.hooks {
                hooks.before_statement(step, index);
            }
            let progress = Progress { statements: index + 1, checksum: checksum.so_far().to_string() };
            let statement = Statement { step, index, sql, settings: &settings, progress };
            match run(shop, &statement, &mut backends).await {
                Ok(Outcome::Done) => {}
                Ok(outcome) => return Ok(outcome),
                Err(failure) => return Err(record(shop, step, failure).await),
            }
        }
        // What comes after them may rely on the settings that these made.
        if changes_session(sql) {
            let _ = writeln!(settings, "{sql}\n;");
        }
    }
    match finish(shop, step).await {
        Ok(outcome) => Ok(outcome),
        Err(failure) => Err(record(shop, step, failure).await),
    }
}

/// Writes the row that says who is at it.
async fn claim(shop: &mut Workshop<'_, '_>, step: &Step<'_>, highest: Highest) -> Result<Outcome, Failure> {
    let (history, version) = (shop.envelope.history, step.version());
    let condition = match &step.resume {
        Some(resume) => history.is_abandoned(version, &resume.progress),
        None => history.is_unchanged(
            step,
            if step.recorded_checksum().is_some() { Highest::settled(version) } else { highest },
        ),
    };
    let sql = history.claim(step, &shop.envelope.mark);
    let Envelope { timeouts, settings, mark, .. } = &shop.envelope;
    let mut own = message::own(history, *timeouts, Some(settings), &condition, &[sql]);
    own.sql.insert_str(0, &mark.comment());
    shop.session.if_dropped(history.release(version, mark));
    let server = |error| Failure::new(step, Place::History, Cause::Server(error));
    ledger::write(shop.session, &own).await.map_err(server)
}

async fn finish(shop: &mut Workshop<'_, '_>, step: &Step<'_>) -> Result<Outcome, Failure> {
    let envelope = &shop.envelope;
    let finish = envelope.history.finish_claimed(step, &envelope.mark, envelope.author);
    let finish = format!("{}{finish}", envelope.mark.comment());
    let rows = match shop.session.query(&finish).await {
        Err(error) if guard::is_a_no(&error) => return Ok(Outcome::Overtaken),
        result => result.map_err(|error| Failure {
            statements_done: Some(step.statements()),
            ..Failure::new(step, Place::History, Cause::Server(error))
        })?,
    };
    let duration = rows.iter().find_map(|row| envelope.mark.read(row));
    shop.session.is_finished();
    shop.done(step, duration.unwrap_or_default());
    Ok(Outcome::Done)
}

/// Writes down that a statement failed. If even this cannot be written, the row goes on to say that the migration is under
/// way, by a backend that is idle or gone.
async fn record(shop: &mut Workshop<'_, '_>, step: &Step<'_>, failure: Failure) -> Failure {
    let failure = shop.with_blockers(failure);
    let text = failure.cause.to_string();
    let record = shop.envelope.history.fail(step, &text, &shop.envelope.mark);
    if let Err(error) = shop.session.execute(&record).await {
        tracing::warn!(reason = %cause(&error), "the failure is not in the history");
    }
    shop.session.is_finished();
    failure
}

/// One statement of a migration, and what must be known to run it.
struct Statement<'s, 'a> {
    step: &'s Step<'a>,
    index: usize,
    sql: &'a str,
    /// The statements before it that changed the session.
    settings: &'s str,
    /// How far the migration is when it is done.
    progress: Progress,
}

impl Statement<'_, '_> {
    /// What is done stays done, unlike in a transaction. The statement was sent behind so many bytes of the message.
    fn failed(&self, message: &str, before: usize, error: Error) -> Failure {
        let excerpt = failure::in_statement(self.step, self.index, message, before, error.as_db_error());
        let place = Place::Script(excerpt);
        Failure { statements_done: Some(self.index), ..Failure::new(self.step, place, Cause::Server(error)) }
    }

    /// It is not the statement that failed, but what stands around it.
    fn not_recorded(&self, error: Error) -> Failure {
        let failure = Failure::new(self.step, Place::History, Cause::Server(error));
        Failure { statements_done: Some(self.index), ..failure }
    }

    /// It was not sent, or not as it was meant.
    fn refused(&self, why: &str) -> Failure {
        let place = Place::Script(failure::at_statement(self.step, self.index));
        Failure {
            statements_done: Some(self.index),
            ..Failure::new(self.step, place, Cause::Caller(why.into()))
        }
    }
}

/// Runs a statement and records that it is done: together in a transaction, so that no cut can come between, unless
/// PostgreSQL refuses the statement there.
async fn run(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<Outcome, Failure> {
    if !is_refused_in_transaction(statement.sql) {
        match in_transaction(shop, statement, backends).await {
            // The text did not show it: a procedure that commits, for example. Nothing of it was done.
            Err(failure) if failure.sqlstate().is_some_and(|code| REFUSALS.contains(code)) => {}
            result => return result,
        }
    }
    alone(shop, statement, backends).await
}

/// "cannot run inside a transaction block", and `COMMIT` in a procedure that is called in one.
const REFUSALS: [SqlState; 2] = [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];

async fn in_transaction(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<Outcome, Failure> {
    let (envelope, version) = (&shop.envelope, statement.step.version());
    let begin = format!("{}{}", envelope.begin_statement(), statement.settings);
    let message = format!(
        "{begin}{sql}\n;\n{restore};\n{sweep}\n{advance};\nCOMMIT;\n",
        sql = statement.sql,
        restore = envelope.settings.restore(),
        sweep = envelope.settings.sweep(),
        advance = envelope.history.advance(version, &statement.progress, &envelope.mark),
    );
    shop.session.if_dropped(envelope.history.release(version, &envelope.mark));
    shop.here.set(Some(statement.step));
    let mut last = None;
    let work = shop.session.transactions(&message, |reply| {
        if let Reply::Row(row) = reply {
            last = Some(row);
        }
    });
    let result = shop.watch.during(envelope.history, work).await;
    shop.here.set(None);
    match result {
        Ok(()) => {
            backends.met(last.as_ref());
            Ok(Outcome::Done)
        }
        // What the statement itself has done to the row is rolled back: it is to blame if the claim is there again.
        Err(error) if guard::is_no_of(&shop.envelope.mark, &error) => {
            overtaken(shop, statement, |claim| claim.is_mine).await
        }
        Err(error) => Err(statement.failed(&message, begin.len(), error)),
    }
}

/// Runs a statement outside a transaction; the one at which a migration goes on may be done, or have left something.
async fn alone(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<Outcome, Failure> {
    let Statement { step, index, sql, settings, progress } = statement;
    let (envelope, version) = (&shop.envelope, step.version());
    let resume = step.resume.as_ref().filter(|_| *index == step.resumes_at());
    let comment = envelope.mark.comment();
    let message = format!("{comment}{sql}");
    let failed = |error| statement.failed(&message, comment.len(), error);
    // A pooler's session or the caller's: what the statement and those before it have set does not stay.
    let (restore, sweep) = (envelope.settings.restore(), envelope.settings.sweep());
    let tidy = format!("{comment}BEGIN ISOLATION LEVEL READ COMMITTED;\n{restore};\n{sweep}\nCOMMIT;\n");
    let release = envelope.history.release(version, &envelope.mark);
    shop.session.if_dropped(format!("{tidy}{release}"));
    // Nothing would take it back if another process had this migration by now.
    match shop.session.query(&format!("{comment}{}", envelope.history.touch(version, &envelope.mark))).await {
        Err(error) if guard::is_a_no(&error) => {
            shop.session.is_finished();
            return Ok(Outcome::Overtaken);
        }
        result => result.map(drop).map_err(|error| statement.not_recorded(error))?,
    }
    if !settings.is_empty() {
        if backends.are_several {
            return Err(statement.refused(BEHIND_A_POOLER));
        }
        let prelude = format!("{comment}{settings}SELECT NULL, {BACKEND};");
        let rows = shop.session.query(&prelude).await.map_err(|error| statement.not_recorded(error))?;
        backends.met(rows.last());
    }
    shop.here.set(Some(step));
    let session = &*shop.session;
    let work = async {
        if leftover::is_done(session, sql, resume, &comment).await? {
            return Ok(());
        }
        session.execute(&message).await
    };
    let result = shop.watch.during(envelope.history, work).await;
    shop.here.set(None);
    let advance = envelope.history.advance(version, progress, &envelope.mark);
    let after = if result.is_ok() { advance } else { format!("SELECT NULL, {BACKEND}") };
    let mut last = None;
    let on_reply = |reply| {
        if let Reply::Row(row) = reply {
            last = Some(row);
        }
    };
    let after = shop.session.transactions(&format!("{tidy}{after}"), on_reply).await;
    backends.met(last.as_ref());
    match (result, after) {
        (Err(_), _) if !settings.is_empty() && backends.are_several => {
            Err(statement.refused(BEHIND_A_POOLER))
        }
        (Err(error), after) => {
            if after.is_err() {
                tracing::warn!("the session is not as it was before");
            }
            let note = match resume {
                Some(resume) if resume.was_cut => Some(MAYBE_DONE),
                _ => (!settings.is_empty()).then_some(MAYBE_A_POOLER),
            };
            Err(Failure { note, ..failed(error) })
        }
        (Ok(()), Ok(())) => {
            if !settings.is_empty() && backends.are_several {
                tracing::warn!(step = step.stem(), "{BEHIND_A_POOLER}");
            }
            Ok(Outcome::Done)
        }
        // A row that nobody has claimed and that is not finished, or none at all: the statement has changed it.
        (Ok(()), Err(error)) if guard::is_no_of(&envelope.mark, &error) => {
            overtaken(shop, statement, |claim| claim.is_mine || claim.is_nobodys).await
        }
        (Ok(()), Err(error)) => {
            tracing::warn!(reason = %cause(&error), "a statement is done and could not be recorded");
            Err(statement.not_recorded(error))
        }
    }
}

/// Whose a migration is whose claim could not be found.
struct Claimed {
    is_mine: bool,
    /// Nobody works on it, and it is not finished; or there is no row.
    is_nobodys: bool,
}

/// The record of a statement has found no row with the claim of this process: another one has taken over, and may be done
/// by now; unless the statement itself was at the row.
async fn overtaken(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    is_its_deed: impl Fn(&Claimed) -> bool,
) -> Result<Outcome, Failure> {
    let Envelope { history, mark, .. } = &shop.envelope;
    let rows = shop.session.query(&history.claimant(statement.step.version())).await;
    let rows = rows.map_err(|error| statement.not_recorded(error))?;
    let (claim, state) = rows.first().map_or((None, None), |row| (row.get(0), row.get(1)));
    let is_unfinished = matches!(state, None | Some("running" | "reverting"));
    let claimed =
        Claimed { is_mine: claim == Some(mark.claim()), is_nobodys: claim.is_none() && is_unfinished };
    if is_its_deed(&claimed) { Err(statement.refused(CHANGES_ITS_ROW)) } else { Ok(Outcome::Overtaken) }
}

const CHANGES_ITS_ROW: &str = "it changes the history row of its own migration: leave that table to this crate, and \
                               correct the file";

/// Which sessions the messages of a migration met.
#[derive(Default)]
struct Backends {
    pid: Option<String>,
    /// As behind a pooler in transaction mode.
    are_several: bool,
}

impl Backends {
    /// The second column of an answer is the pid.
    fn met(&mut self, answer: Option<&SimpleQueryRow>) {
        let pid = answer.and_then(|row| row.try_get(1).ok().flatten()).map(str::to_owned);
        self.are_several |= pid.is_some() && self.pid.is_some() && pid != self.pid;
        self.pid = pid.or(self.pid.take());
    }
}

const BACKEND: &str = "pg_catalog.pg_backend_pid()";
const BEHIND_A_POOLER: &str = "PostgreSQL takes this statement only by itself, and a SET stands before it, which does \
    not reach it behind a pooler in transaction mode: connect to the server itself, or put the statement into a \
    migration without SET, with its names qualified";
const MAYBE_DONE: &str = "an earlier run was cut at this statement, and may have done it: look, and if so record the \
    migration with Runner::skip once what comes after it is done too; a DETACH PARTITION CONCURRENTLY that was cut is \
    completed by FINALIZE";
const MAYBE_A_POOLER: &str =
    "a SET stands before it, which does not reach it behind a pooler in transaction mode";
