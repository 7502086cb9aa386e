//! One statement of a migration without a transaction: in a transaction with the record that it is done, or alone where
//! PostgreSQL refuses it there, and recorded afterwards.

use migrate_source::is_refused_in_transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, SimpleQueryRow};

use crate::apply::Outcome;
use crate::carried::Carried;
use crate::error::cause;
use crate::failure::{self, Cause, Failure, Place};
use crate::guard;
use crate::history::{Found, Mark, Progress};
use crate::ledger::{self, ClaimOnRecord};
use crate::message::{Alone, BACKEND, Envelope};
use crate::plan::Step;
use crate::recovery;
use crate::recovery::Recovery;
use crate::session::{Reply, Session};
use crate::workshop::Workshop;

/// One statement of a migration, and what must be known to run it.
pub(crate) struct Statement<'s, 'a> {
    pub(crate) step: &'s Step<'a>,
    pub(crate) index: usize,
    pub(crate) sql: &'a str,
    /// What the statements before it have set.
    pub(crate) settings: Carried,
    /// How far the migration is when it is done.
    pub(crate) progress: Progress,
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

    /// It is done, and what came after it failed.
    fn done_but(&self, error: Error) -> Failure {
        Failure { statements_done: Some(self.index + 1), ..self.not_recorded(error) }
    }

    /// What was to be known before it could be sent is not.
    fn not_sent(&self, error: Error) -> Failure {
        let place = Place::Script(failure::at_statement(self.step, self.index));
        Failure { statements_done: Some(self.index), ..Failure::new(self.step, place, Cause::Server(error)) }
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
pub(crate) async fn run(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<(Outcome, Option<Found>), Failure> {
    if !is_refused_in_transaction(statement.sql) {
        match in_transaction(shop, statement, backends).await {
            // The text did not show it: a procedure that commits, for example. Nothing of it was done.
            Err(failure) if failure.sqlstate().is_some_and(|code| REFUSALS.contains(code)) => {}
            result => return result,
        }
    }
    alone(shop, statement, backends).await.map(|outcome| (outcome, None))
}

/// "cannot run inside a transaction block", and `COMMIT` in a procedure that is called in one.
const REFUSALS: [SqlState; 2] = [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];

async fn in_transaction(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<(Outcome, Option<Found>), Failure> {
    let (envelope, version) = (&shop.envelope, statement.step.version());
    let watched = envelope.watched(statement.step, shop.hooks);
    let (message, before) = envelope.statement(statement);
    shop.session.if_dropped(envelope.history.release(version, &envelope.mark));
    shop.here.set(Some(statement.step));
    let mut last = None;
    let work = shop.session.transactions(&message, |reply| {
        if let Reply::Row(row) = reply {
            last = Some(row);
        }
    });
    let result = shop.watch.during(watched, work).await;
    shop.here.set(None);
    match result {
        Ok(()) => {
            backends.met(last.as_ref());
            let found = last.as_ref().and_then(|row| row.try_get(2).ok().flatten());
            Ok((Outcome::Done, found.and_then(Found::parse)))
        }
        // What the statement itself has done to the row is rolled back: it is to blame if the claim is there again.
        Err(error) if guard::is_no_of(&shop.envelope.mark, &error) => {
            let outcome = overtaken(shop, statement, statement.index, |claim| claim.is_mine).await?;
            Ok((outcome, None))
        }
        Err(error) => {
            let failure = statement.failed(&message, before, error);
            or_overtaken(shop, version, failure).await.map(|outcome| (outcome, None))
        }
    }
}

/// Runs a statement outside a transaction. The one at which a migration goes on may be done, or have left something.
async fn alone(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    backends: &mut Backends,
) -> Result<Outcome, Failure> {
    let Statement { step, index, settings, .. } = statement;
    let (envelope, version) = (&shop.envelope, step.version());
    let release = envelope.history.release(version, &envelope.mark);
    shop.session.if_dropped(release.clone());
    if backends.are_several && !settings.is_empty() {
        return Err(statement.refused(BEHIND_A_POOLER));
    }
    // Behind a pooler in transaction mode, limits that are lifted would be those of another client's session.
    if let Some(prelude) = envelope.prelude(statement).filter(|_| !backends.are_several) {
        let rows = shop.session.query(&prelude).await.map_err(|error| statement.not_sent(error))?;
        backends.met(rows.last());
    }
    let resume = step.resume.as_ref().filter(|_| *index == step.resumes_at());
    let looked =
        recovery::look(shop.session, statement.sql, resume, &envelope.limits(), &envelope.mark).await;
    let (kept, recovery) = looked.map_err(|error| statement.not_sent(error))?;
    let Alone { touch, message, before, tidy, advance } = envelope.alone(statement, kept.as_ref());
    shop.session.if_dropped(format!("{tidy}{release}"));
    // Nothing would take it back if another process had this migration by now.
    match shop.session.transactions(&touch, |_| {}).await {
        Err(error) if guard::is_a_no(&error) => {
            return overtaken(shop, statement, *index, |claim| claim.is_mine).await;
        }
        result => result.map_err(|error| statement.not_recorded(error))?,
    }
    // A pooler's session or the caller's: what the statement and those before it have set does not stay.
    shop.session.if_dropped(format!("{tidy}{release}"));
    shop.here.set(Some(step));
    let watched = envelope.watched(step, shop.hooks);
    let work = carry_out(shop.session, &recovery, &message, &envelope.mark);
    let result = shop.watch.during(watched, work).await;
    shop.here.set(None);
    let after = if result.is_ok() { advance } else { format!("SELECT NULL, {BACKEND}") };
    let after = format!("{tidy}{after}");
    let mut last = None;
    let on_reply = |reply| {
        if let Reply::Row(row) = reply {
            last = Some(row);
        }
    };
    let after = ledger::record(shop.session, &after, on_reply).await;
    backends.met(last.as_ref());
    match (result, after) {
        (Err(_), _) if !settings.is_empty() && backends.are_several => {
            Err(statement.refused(BEHIND_A_POOLER))
        }
        (Err(error), after) => {
            if after.is_err() {
                tracing::warn!("the session is not as it was before");
            }
            let was_cut = kept.is_some_and(|kept| kept.was_cut);
            let note = match was_cut {
                true if migrate_source::standalone(statement.sql).is_some() => Some(failure::CUT),
                true => Some(MAYBE_DONE),
                false => (!settings.is_empty()).then_some(MAYBE_A_POOLER),
            };
            let failure = Failure { note, ..statement.failed(&message, before, error) };
            or_overtaken(shop, version, failure).await
        }
        (Ok(()), Ok(canceled)) => {
            if !settings.is_empty() && backends.are_several {
                tracing::warn!(step = step.stem(), "{BEHIND_A_POOLER}");
            }
            match canceled {
                // The record is not what was to be canceled: no other statement is sent.
                Some(error) if index + 1 < step.statements() => Err(statement.done_but(error)),
                _ => Ok(Outcome::Done),
            }
        }
        // A row that no process has claimed and that is not finished, or none at all: the statement has changed it.
        (Ok(()), Err(error)) if guard::is_no_of(&envelope.mark, &error) => {
            let outcome =
                overtaken(shop, statement, index + 1, |claim| claim.is_mine || claim.is_nobodys).await?;
            if recovery == Recovery::Done {
                return Ok(outcome);
            }
            let why = overtaken_at(*index);
            let failure = Failure::new(step, Place::Overtaken, Cause::Caller(why.into()));
            Err(Failure { statements_done: Some(index + 1), ..failure })
        }
        (Ok(()), Err(error)) => {
            tracing::warn!(reason = %cause(&error), "a statement is done and could not be recorded");
            Err(Failure { note: Some(NOT_RECORDED), ..statement.done_but(error) })
        }
    }
}

/// Sends the statement, or what is to be sent in its place.
async fn carry_out(
    session: &Session<'_>,
    recovery: &Recovery,
    message: &str,
    mark: &Mark,
) -> Result<(), Error> {
    let comment = mark.comment();
    match recovery {
        Recovery::Done => {
            tracing::info!("an earlier run has done the statement: it is recorded");
            Ok(())
        }
        Recovery::Complete(sql) => {
            tracing::info!(sql, "completing what an earlier run has begun");
            session.execute(&format!("{comment}{sql}")).await
        }
        Recovery::Send { first } => {
            for sql in first {
                tracing::warn!(sql, "dropping what an earlier run has left half done");
                session.execute(&format!("{comment}{sql}")).await?;
            }
            session.execute(message).await
        }
    }
}

/// A statement that failed, unless another process has taken the migration over: then the failure may be of what that one
/// has done.
async fn or_overtaken(
    shop: &mut Workshop<'_, '_>,
    version: i64,
    failure: Failure,
) -> Result<Outcome, Failure> {
    if failure.is_of_connection() {
        return Err(failure);
    }
    let Envelope { history, mark, .. } = &shop.envelope;
    match ledger::claimant(shop.session, history, version).await {
        Ok(claimant) if claimant.claim.as_deref() != Some(mark.claim()) => {
            shop.session.is_finished();
            Ok(Outcome::Overtaken)
        }
        _ => Err(failure),
    }
}

/// Whose a migration is whose claim could not be found.
struct Claimed {
    is_mine: bool,
    /// Nobody works on it, and it is not finished; or there is no row.
    is_nobodys: bool,
}

/// The record of a statement has found no row with the claim of this process: another one has taken over, and may be done
/// by now; unless the statement itself was at the row. So many statements are done.
async fn overtaken(
    shop: &mut Workshop<'_, '_>,
    statement: &Statement<'_, '_>,
    done: usize,
    is_its_deed: impl Fn(&Claimed) -> bool,
) -> Result<Outcome, Failure> {
    let Envelope { history, mark, .. } = &shop.envelope;
    let claimant = ledger::claimant(shop.session, history, statement.step.version()).await;
    let ClaimOnRecord { claim, state, .. } = claimant.map_err(|error| statement.not_recorded(error))?;
    let is_unfinished = matches!(state.as_deref(), None | Some("running" | "reverting"));
    let claimed = Claimed {
        is_mine: claim.as_deref() == Some(mark.claim()),
        is_nobodys: claim.is_none() && is_unfinished,
    };
    if !is_its_deed(&claimed) {
        return Ok(Outcome::Overtaken);
    }
    // What such a statement does is known, and it is not that. Nor is it where nothing else can be written to the row.
    let is_known = migrate_source::standalone(statement.sql).is_some();
    let touch = history.touch(statement.step.version(), "found_before", mark);
    if claimed.is_mine
        && (is_known || shop.session.query(&touch).await.is_err_and(|error| guard::is_a_no(&error)))
    {
        let failure = Failure::unrecorded(statement.step);
        return Err(Failure { statements_done: Some(done), ..failure });
    }
    Err(statement.refused(CHANGES_ITS_ROW))
}

/// What is said of a statement, from 0, that no check could stop.
pub(crate) fn overtaken_at(index: usize) -> String {
    format!(
        "statement {} ran after another process had taken the migration over: compare the schema with the file, and \
         repair by a new migration what is not as it says",
        index + 1
    )
}

const CHANGES_ITS_ROW: &str = "it changes the history row of its own migration: leave that table to this crate, and \
                               correct the file; or else look for a trigger, rule or row-level security policy that \
                               keeps the row as it is";

/// Which sessions the messages of a migration met.
#[derive(Default)]
pub(crate) struct Backends {
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

const BEHIND_A_POOLER: &str = "PostgreSQL takes this statement only by itself, and a SET stands before it, which does \
    not reach it behind a pooler in transaction mode: connect to the server itself, or put the statement into a \
    migration without SET, with its names qualified";
const MAYBE_DONE: &str = "an earlier run was cut at this statement, and may have done a part of it, or all of it: look, \
    and if all of it is there, record the migration with Runner::skip once what comes after it is done too";
const NOT_RECORDED: &str =
    "the last of them is done, and is not recorded: start again, and the next run finds that out";
const MAYBE_A_POOLER: &str =
    "a SET stands before it, which does not reach it behind a pooler in transaction mode";
