//! The rehearsal: what is pending is run on the real database in one transaction, which is rolled back. The messages are
//! those of a run but for `BEGIN` and `COMMIT`, and for what stands for a migration without a transaction.

mod limits;
mod stand_in;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryRow};
use tracing::Instrument as _;

use crate::apply::{self, Outcome};
use crate::contention;
use crate::error::{Error, ErrorKind};
use crate::failure::{Cause, Failure, Place};
use crate::history::Highest;
use crate::identifier::quote_identifier;
use crate::ledger;
use crate::message;
use crate::notices::Here;
use crate::options::Runner;
use crate::plan::{Plan, Step};
use crate::report::{Done, Report};
use crate::rules::Unit;
use crate::runner::Journey;
use crate::session::{Reply, Session};
use crate::workshop::{self, Workshop};
use limits::{Missing, NO_ROLLBACK, Untold, obstacle};
use stand_in::StandIn;

/// What a rehearsal came to. All of it is rolled back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsal {
    rehearsed: Vec<Done>,
    unrehearsed: Vec<Unrehearsed>,
    warnings: Vec<String>,
    duration: Duration,
}

/// A migration that is pending and could not be rehearsed, or a statement of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrehearsed {
    version: i64,
    stem: String,
    reason: String,
    blocks: bool,
}

impl Runner<'_> {
    /// Runs what is pending in one transaction on the real database, and rolls it back: whether each statement is taken,
    /// whether the rows that are there fit what is demanded of them, and how long it takes. Deferred constraints are
    /// checked after each migration.
    ///
    /// A migration without a transaction is rehearsed too. Where PostgreSQL refuses a statement inside a transaction, an
    /// equivalent stands for it: the same without `CONCURRENTLY`. A statement that has none is left out: `VACUUM`, `CREATE
    /// DATABASE`, `ALTER SYSTEM`. An equivalent locks more than the original: it
    /// blocks writes to its table, or all access, until the rehearsal ends. Therefore it is left out where the table has more
    /// than 8 MB and other sessions can see it, unless [`rehearse_blocking`](Self::rehearse_blocking) allows it.
    ///
    /// Neither a migration that an earlier run has begun can be rehearsed, nor a function of the service, which may do more than
    /// what can be rolled back, nor a procedure that commits. What comes after what was left out is rehearsed without it. If
    /// that fails because an object is missing or is still there, as where a constraint wants the index, or because of rows of
    /// a table that was to be changed, it is left out too. Any other failure is an error, a constraint that rows violate for
    /// example. [`Rehearsal::unrehearsed`] has all that was left out, with the reasons. Where each statement has a
    /// transaction of its own, since the server does not roll back DDL, nothing is rehearsed.
    ///
    /// It is not free of effects. The locks of all migrations are held together until the last one is done, so that on a
    /// busy database others wait longer than in a run; [`lock_timeout`](Self::lock_timeout) limits how long it waits
    /// itself. Sequences stay where they were brought, and what scripts do outside the database is done. An enum value that
    /// one migration adds cannot be used by the next before the first is committed: the latter is left out, and for that the
    /// rehearsal begins again.
    ///
    /// # Cancellation
    ///
    /// As for [`run`](Self::run); nothing is left of it.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run). A migration that fails here would fail in a run.
    pub async fn rehearse(&self, client: &mut Client) -> Result<Rehearsal, Error> {
        self.rehearse_here(client, &Here::default()).await
    }

    pub(crate) async fn rehearse_here(&self, client: &mut Client, here: &Here) -> Result<Rehearsal, Error> {
        let span = tracing::info_span!("rehearse", folder = self.set.folder(), history = %self.history);
        let start = Instant::now();
        let mut journey = self.journey(here);
        let mut session = self.session(client);
        let work = Box::pin(self.try_out(&mut session, &mut journey));
        let result = work.instrument(span).await;
        drop(session);
        match result {
            Ok(rehearsal) => Ok(Rehearsal { duration: start.elapsed(), ..rehearsal }),
            Err(kind) => Err(Error::new(kind, self.set.folder(), Report::default())),
        }
    }

    async fn try_out(
        &self,
        session: &mut Session<'_>,
        journey: &mut Journey<'_>,
    ) -> Result<Rehearsal, ErrorKind> {
        let mut untold: Vec<Untold> = Vec::new();
        let mut heard = BTreeSet::new();
        loop {
            let mut ledger = ledger::read(session, &self.history).await?;
            self.must_be_adopted(session, &ledger).await?;
            let plan = self.decide(ledger.history())?;
            if plan.is_empty() {
                return Ok(Rehearsal { warnings: plan.warnings().to_vec(), ..Rehearsal::default() });
            }
            if let Some(claim) = &plan.running {
                contention::wait_for_claim(session, &self.history, claim).await?;
                continue;
            }
            let mut rehearsal = Rehearsal { warnings: plan.warnings().to_vec(), ..Rehearsal::default() };
            if self.rules.unit == Unit::Statement {
                rehearsal.ends_at(plan.steps(), NO_ROLLBACK.to_owned());
                return Ok(rehearsal);
            }
            self.prepare(session, journey, &mut ledger, &plan).await?;
            let tools = (&mut journey.watch, journey.here, &mut journey.stopwatch, &mut journey.report);
            // What others would be kept away by is not made for something that is rolled back.
            let unlocked = (!ledger.can_be_locked()).then(|| self.unlocked());
            let mut shop = unlocked.as_ref().unwrap_or(self).workshop(session, tools, &ledger);
            let known = (&*untold, &mut heard);
            let failure = match act(&mut shop, &plan, rehearsal, known, self.rehearses_blocking).await {
                Ok(Acted::Rehearsal(rehearsal)) => return Ok(rehearsal),
                // Once more without it: its error has ended the transaction.
                Ok(Acted::Untold(one)) => {
                    untold.push(one);
                    continue;
                }
                Ok(Acted::Outcome(outcome)) => {
                    journey.again(session, self, outcome, &plan, &ledger).await?;
                    continue;
                }
                Err(Failure { place: Place::Creation, cause: Cause::Server(error), .. }) => {
                    ledger::creation_failed(session, &self.history, error).await?;
                    continue;
                }
                Err(failure) => shop.with_blockers(failure),
            };
            let idle_limit = ledger.settings.idle_limit();
            if !journey.attempts.may_try_again(&failure, self.hooks, shop.session, idle_limit).await {
                return Err(ErrorKind::Migration { failure, attempts: journey.attempts.made() });
            }
        }
    }
}

enum Acted {
    Rehearsal(Rehearsal),
    /// Another process is at it, or the session is another one.
    Outcome(Outcome),
    /// A step has failed, which does not tell that it would fail in a run.
    Untold(Untold),
}

/// Takes the steps that can be taken, and rolls them back. Known is which steps cannot be taken, and whose end was told.
async fn act(
    shop: &mut Workshop<'_, '_>,
    plan: &Plan<'_>,
    mut rehearsal: Rehearsal,
    known: (&[Untold], &mut BTreeSet<String>),
    may_block: bool,
) -> Result<Acted, Failure> {
    let (untold, heard) = known;
    let mut highest = plan.highest;
    let mut missing = Missing::default();
    let mut is_open = false;
    for (at, step) in plan.steps().iter().enumerate() {
        let known = untold.iter().find(|one| one.stem == step.stem());
        if let Some(one) = known.cloned().or_else(|| obstacle(step)) {
            rehearsal.unrehearsed.push(Unrehearsed::new(step, one.reason.clone(), false));
            missing.add(step, &one);
            continue;
        }
        if let Err(failure) = shop.ask(step) {
            roll_back(shop, is_open).await;
            return Err(failure);
        }
        let stand_in = if step.is_stepwise() {
            StandIn::of_statements(shop, step, is_open, may_block).await?
        } else {
            StandIn::of_transaction(step)
        };
        missing.has_statements |= stand_in.skipped.iter().any(|skipped| skipped.is_needed);
        let work = rehearse(shop, step, &stand_in.text, highest, is_open);
        let rehearsed = work.instrument(workshop::span(step)).await;
        let skipped = stand_in.skipped.into_iter();
        let skipped = skipped.map(|skipped| Unrehearsed::new(step, skipped.reason, skipped.would_block));
        rehearsal.unrehearsed.extend(skipped);
        match rehearsed {
            Ok(Rehearsed::Done(_)) if !stand_in.runs_something => is_open = true,
            Ok(Rehearsed::Done(duration)) => {
                tracing::info!(?duration, "rehearsed");
                let done = Done::new(step, duration);
                if let Some(hooks) = shop.hooks.filter(|_| heard.insert(step.stem().to_owned())) {
                    hooks.after_rehearsal(step, &done);
                }
                rehearsal.rehearsed.push(done);
                is_open = true;
            }
            Ok(Rehearsed::Outcome(outcome)) => return Ok(Acted::Outcome(outcome)),
            // The transaction is rolled back already, as after any error.
            Err(failure) => {
                let one = limits::untold(&failure, step, at == 0, &missing).ok_or(failure)?;
                return Ok(Acted::Untold(one));
            }
        }
        highest = step.highest_after(highest);
    }
    roll_back(shop, is_open).await;
    Ok(Acted::Rehearsal(rehearsal))
}

async fn roll_back(shop: &mut Workshop<'_, '_>, is_open: bool) {
    if is_open && let Err(error) = shop.session.in_transactions("ROLLBACK", true, |_| {}).await {
        // With the connection goes the transaction.
        tracing::debug!(reason = %crate::error::cause(&error), "no ROLLBACK: the connection is lost");
    }
}

enum Rehearsed {
    Done(Duration),
    Outcome(Outcome),
}

/// Runs a step in the transaction that is open, or in one that it opens.
async fn rehearse(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    text: &str,
    highest: Highest,
    is_open: bool,
) -> Result<Rehearsed, Failure> {
    let message = shop.envelope.rehearsal(step, text, highest, shop.creation.take(), is_open);
    let mut answers = apply::Answers::default();
    let mut constraints = Vec::new();
    let (session, mark) = (&mut shop.session, &shop.envelope.mark);
    let on_reply = |reply| {
        if let Reply::Row(row) = &reply {
            constraints.extend(Constraint::parse(row));
        }
        answers.take(reply, mark);
    };
    shop.here.set(Some(step));
    let work = session.in_transactions(&message.sql, is_open, on_reply);
    let result = shop.watch.during(shop.envelope.watched(step, shop.hooks), work).await;
    shop.here.set(None);
    if let Err(error) = result {
        return match apply::judge(&message, std::slice::from_ref(step), &answers, error)? {
            apply::Sent::Outcome(outcome) => Ok(Rehearsed::Outcome(outcome)),
            apply::Sent::Refused => Ok(Rehearsed::Outcome(Outcome::Overtaken)),
        };
    }
    let Some(duration) = answers.committed.first().copied() else {
        return Err(Failure::unrecorded(step));
    };
    if let Some(check) = check_deferred(&constraints) {
        let result = shop.session.in_transactions(&check, true, |_| {}).await;
        result.map_err(|error| Failure::new(step, Place::Commit, Cause::Server(error)))?;
    }
    Ok(Rehearsed::Done(duration))
}

/// A constraint that may wait for the end of a transaction.
struct Constraint {
    /// Qualified and quoted.
    name: String,
    /// It does, unless it is told not to.
    is_deferred: bool,
}

impl Constraint {
    /// A row of [`message::DEFERRABLE`]; another query's is passed over.
    fn parse(row: &SimpleQueryRow) -> Option<Self> {
        let names: Vec<&str> = row.columns().iter().map(tokio_postgres::SimpleColumn::name).collect();
        if names != message::DEFERRABLE_COLUMNS {
            return None;
        }
        let name = format!("{}.{}", quote_identifier(row.get(0)?), quote_identifier(row.get(1)?));
        Some(Self { name, is_deferred: row.get(2) == Some("t") })
    }
}

/// What checks at once what would be checked at `COMMIT`. Constraints are named, so that those of later migrations are
/// as they would be in transactions of their own.
fn check_deferred(constraints: &[Constraint]) -> Option<String> {
    if constraints.is_empty() {
        return None;
    }
    let names = |list: &[&Constraint]| {
        list.iter().map(|constraint| constraint.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&Constraint> = constraints.iter().collect();
    let deferred: Vec<&Constraint> = constraints.iter().filter(|constraint| constraint.is_deferred).collect();
    let check = format!("SET CONSTRAINTS {} IMMEDIATE;\n", names(&all));
    if deferred.is_empty() {
        return Some(check);
    }
    Some(format!("{check}SET CONSTRAINTS {} DEFERRED;\n", names(&deferred)))
}

impl Rehearsal {
    /// The migrations that were run and rolled back, in this order.
    pub fn rehearsed(&self) -> &[Done] {
        &self.rehearsed
    }

    /// The migrations that are pending and could not be rehearsed, or not all of their statements, with the reasons: an entry
    /// for each such statement.
    pub fn unrehearsed(&self) -> &[Unrehearsed] {
        &self.unrehearsed
    }

    /// What is not as it should be, and no reason to stop: a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How long the whole rehearsal took by this process's clock, from its first question to the rollback: attempts that
    /// failed and waiting are included, connecting is not.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Nothing is rehearsed from the first of these steps on.
    fn ends_at(&mut self, steps: &[Step<'_>], reason: String) {
        let Some((first, rest)) = steps.split_first() else {
            return;
        };
        self.unrehearsed.push(Unrehearsed::new(first, reason, false));
        let after = |step| Unrehearsed::new(step, format!("it comes after {}", first.stem()), false);
        self.unrehearsed.extend(rest.iter().map(after));
    }
}

impl Unrehearsed {
    fn new(step: &Step<'_>, reason: String, blocks: bool) -> Self {
        Self { version: step.version(), stem: step.stem().to_owned(), reason, blocks }
    }

    /// The version; 0 for a repeatable migration.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name has them: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Why it could not be rehearsed: a clause without full stop.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether it is a statement that was left out because it would have blocked others: see
    /// [`Runner::rehearse_blocking`].
    pub fn would_block(&self) -> bool {
        self.blocks
    }
}
