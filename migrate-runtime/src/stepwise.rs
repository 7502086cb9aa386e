//! The second path: a migration without a transaction. Its statements go one message each, and how far it got is recorded
//! with each, so that a run after a failure or a crash goes on where it stopped.
//!
//! Behind a pooler in transaction mode each message may meet another session. Therefore one in a transaction brings the
//! settings with it that the statements before it made. A statement that goes alone cannot: it is refused where a `SET`
//! stands before it and the messages were seen to meet several sessions.

use std::iter::Enumerate;
use std::ops::Range;
use std::vec::IntoIter;

use migrate_source::{GrowingChecksum, Script};

use crate::apply::Outcome;
use crate::carried::Carried;
use crate::error::cause;
use crate::failure::{Cause, Failure, Place};
use crate::guard;
use crate::history::{Found, Highest, Progress};
use crate::in_schema::InSchema;
use crate::message::Envelope;
use crate::plan::Step;
use crate::session::Reply;
use crate::statement::{Backends, Statement};
use crate::workshop::Workshop;
use crate::{contention, ledger, statement};

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
    shop.stopwatch.start(step);
    if shop.create_history(step).await? == Outcome::Overtaken {
        return Ok(Outcome::Overtaken);
    }
    let claimed = claim(shop, step, highest).await?;
    if claimed != Outcome::Done {
        return Ok(claimed);
    }
    let mut backends = Backends::default();
    let mut statements = Statements::new(step, script, shop.envelope.within);
    while let Some(statement) = statements.next() {
        if let Some(hooks) = shop.hooks {
            hooks.before_statement(step, statement.index);
        }
        match statement::run(shop, &statement, &mut backends).await {
            Ok((Outcome::Done, found)) => statements.have_set(found.as_ref()),
            Ok((outcome, _)) => return Ok(outcome),
            Err(failure) => return Err(record(shop, step, failure).await),
        }
    }
    match finish(shop, step).await {
        Ok(outcome) => Ok(outcome),
        Err(failure) => Err(record(shop, step, failure).await),
    }
}

/// The statements that are to be run, one after the other.
pub(crate) struct Statements<'s, 'a> {
    step: &'s Step<'a>,
    text: &'a str,
    ranges: Enumerate<IntoIter<Range<usize>>>,
    settings: Carried,
    checksum: GrowingChecksum,
}

impl<'s, 'a> Statements<'s, 'a> {
    pub(crate) fn new(step: &'s Step<'a>, script: Script<'a>, within: Option<&InSchema>) -> Self {
        let (settings, checksum) = (Carried::new(within), GrowingChecksum::default());
        let ranges = script.statements().collect::<Vec<_>>().into_iter().enumerate();
        let mut statements = Self { step, text: script.text(), ranges, settings, checksum };
        let found = step.resume.as_ref().and_then(|resume| resume.found.as_ref());
        for index in 0..step.resumes_at() {
            statements.next();
            statements.have_set(found.filter(|found| found.statement == index));
        }
        statements
    }

    /// What those so far have set, where the server has said it.
    pub(crate) fn have_set(&mut self, found: Option<&Found>) {
        if let Some(found) = found {
            self.settings.set(found);
        }
    }
}

impl<'s, 'a> Iterator for Statements<'s, 'a> {
    type Item = Statement<'s, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, range) = self.ranges.next()?;
        let (step, sql) = (self.step, &self.text[range]);
        self.checksum.add(sql);
        let progress = Progress { statements: index + 1, checksum: self.checksum.so_far().to_string() };
        let settings = self.settings.clone();
        self.settings.add(sql);
        Some(Statement { step, index, sql, settings, progress })
    }
}

/// Writes the row that says who is at it.
async fn claim(shop: &mut Workshop<'_, '_>, step: &Step<'_>, highest: Highest) -> Result<Outcome, Failure> {
    let Envelope { history, mark, .. } = &shop.envelope;
    let done = step.resume.as_ref().map(|resume| resume.progress.statements);
    let of_step = |failure| Failure { statements_done: done, ..failure };
    let server = |error| of_step(Failure::new(step, Place::History, Cause::Server(error)));
    if step.resume.is_some() {
        contention::end_claimant(shop.session, history, step).await.map_err(server)?;
    }
    let own = shop.envelope.claim(step, highest);
    shop.session.if_dropped(history.release(step.version(), mark));
    ledger::write(shop.session, &own).await.map_err(|error| {
        if guard::is_unrecorded(&error) { of_step(Failure::unrecorded(step)) } else { server(error) }
    })
}

async fn finish(shop: &mut Workshop<'_, '_>, step: &Step<'_>) -> Result<Outcome, Failure> {
    let envelope = &shop.envelope;
    let mut duration = None;
    let on_reply = |reply| {
        if let Reply::Row(row) = reply {
            duration = duration.or(envelope.mark.read(&row));
        }
    };
    let all_done = |failure| Failure { statements_done: Some(step.statements()), ..failure };
    let server = |error| all_done(Failure::new(step, Place::History, Cause::Server(error)));
    match ledger::record(shop.session, &envelope.finish_claimed(step), on_reply).await {
        // Where the claim is still this process's, its row was not changed all the same.
        Err(error) if guard::is_a_no(&error) => {
            let claimant = ledger::claimant(shop.session, envelope.history, step.version()).await;
            let is_mine = claimant.map_err(server)?.claim.as_deref() == Some(envelope.mark.claim());
            return if is_mine { Err(all_done(Failure::unrecorded(step))) } else { Ok(Outcome::Overtaken) };
        }
        result => result.map_err(server)?,
    };
    let share = shop.stopwatch.share_of(duration.unwrap_or_default());
    shop.done(step, share);
    Ok(Outcome::Done)
}

/// Records that a statement failed. Where that was the record of one, the migration is given back as one that was cut: the
/// next run finds out what is there. If even this cannot be written, the row goes on to say that the migration is under
/// way, by a backend that is idle or gone.
async fn record(shop: &mut Workshop<'_, '_>, step: &Step<'_>, failure: Failure) -> Failure {
    let failure = shop.with_blockers(failure);
    let text = failure.cause.to_string();
    let Envelope { history, mark, .. } = &shop.envelope;
    let record = match failure.place {
        Place::History => history.release(step.version(), mark),
        _ => history.fail(step, &text, mark),
    };
    let record = shop.envelope.limited(&record);
    if let Err(error) = ledger::record(shop.session, &record, |_| {}).await {
        tracing::warn!(reason = %cause(&error), "the failure is not in the history");
    }
    shop.session.is_finished();
    failure
}
