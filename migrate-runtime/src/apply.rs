//! Transactional steps: many in one message, each in a transaction of its own with its history row.

use std::time::Duration;

use crate::failure::{self, Cause, Failure, Place};
use crate::guard;
use crate::history::{Highest, Mark};
use crate::message::Message;
use crate::plan::Step;
use crate::session::{self, Reply};
use crate::workshop::Workshop;

/// How applying ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Another process is at it, or was: what to do must be decided anew.
    Overtaken,
    /// The session is not like the one that was asked about its settings.
    Unlike,
}

/// Applies or reverts transactional steps in as few messages as their size allows. `highest` is the highest version in
/// the history.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    steps: &[Step<'_>],
    mut highest: Highest,
) -> Result<Outcome, Failure> {
    for batch in batches(steps, shop.batch_limit()) {
        for step in batch {
            shop.ask(step)?;
        }
        match send(shop, batch, highest).await? {
            Sent::Outcome(Outcome::Done) => {}
            Sent::Outcome(outcome) => return Ok(outcome),
            // PostgreSQL parses a message before it runs any of it. One by one, the steps before the broken one are
            // applied as they would have been in messages of their own.
            Sent::Refused => {
                let mut highest = highest;
                for step in batch {
                    match send(shop, std::slice::from_ref(step), highest).await? {
                        Sent::Outcome(Outcome::Done) | Sent::Refused => {}
                        Sent::Outcome(outcome) => return Ok(outcome),
                    }
                    highest = step.highest_after(highest);
                }
            }
        }
        highest = batch.iter().fold(highest, |highest, step| step.highest_after(highest));
    }
    Ok(Outcome::Done)
}

/// How much goes into one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchLimit {
    pub(crate) steps: usize,
    pub(crate) bytes: usize,
}

impl BatchLimit {
    /// PostgreSQL keeps the parse trees of a whole message in memory, some ten times its size.
    pub(crate) const DEFAULT: Self = Self { steps: usize::MAX, bytes: 4 * 1024 * 1024 };
    /// A callback for each step is heard between two messages.
    pub(crate) const ONE: Self = Self { steps: 1, ..Self::DEFAULT };
}

/// What stands around a script, roughly, in bytes.
const AROUND_A_SCRIPT: usize = 3 * 1024;

/// Cuts the steps into messages within the limit, or of one step.
pub(crate) fn batches<'s, 'a>(
    steps: &'s [Step<'a>],
    limit: BatchLimit,
) -> impl Iterator<Item = &'s [Step<'a>]> {
    let mut rest = steps;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fit = rest.iter().take(limit.steps).take_while(|step| {
            bytes += AROUND_A_SCRIPT + step.text().len() + step.stored_down().map_or(0, str::len);
            bytes <= limit.bytes
        });
        let (batch, after) = rest.split_at(fit.count().max(1).min(rest.len()));
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Outcome(Outcome),
    /// The message as a whole could not be parsed, and had more than one step.
    Refused,
}

async fn send(shop: &mut Workshop<'_, '_>, steps: &[Step<'_>], highest: Highest) -> Result<Sent, Failure> {
    let message = shop.envelope.steps(steps, highest, shop.creation.take());
    let mut answers = Answers::default();
    let (session, envelope, here) = (&mut shop.session, &shop.envelope, shop.here);
    // If nobody waits for the end, what the last scripts set besides the usual is put back all the same.
    session.if_dropped(envelope.settings.sweep());
    let on_reply = |reply| {
        answers.take(reply, &envelope.mark);
        // What the server says by the way belongs to the step under way.
        here.set(steps.get(answers.committed.len()));
    };
    here.set(steps.first());
    let work = session.transactions(&message.sql, on_reply);
    let watched = envelope.watched(&steps[0], shop.hooks);
    let result = shop.watch.during(watched, work).await;
    here.set(None);
    for (step, duration) in steps.iter().zip(&answers.committed) {
        // The server answers when the whole message is done: the span is where the event belongs, not how long it took.
        shop.done(step, *duration);
    }
    match result {
        Ok(()) => match steps.get(answers.committed.len()) {
            None => Ok(Sent::Outcome(Outcome::Done)),
            // The server has not said what became of it: the history does.
            Some(_) => Ok(Sent::Outcome(Outcome::Overtaken)),
        },
        Err(error) => {
            let sent = judge(&message, steps, &answers, error);
            if matches!(sent, Ok(Sent::Refused)) {
                shop.creation = message.creation;
            }
            if !answers.committed.is_empty() {
                shop.sweep().await;
            }
            sent
        }
    }
}

/// What an error means, by how far the server's answers came.
pub(crate) fn judge(
    message: &Message,
    steps: &[Step<'_>],
    answers: &Answers,
    error: tokio_postgres::Error,
) -> Result<Sent, Failure> {
    let at = answers.committed.len();
    let Some(step) = steps.get(at) else {
        // Everything is committed. What came to grief is the session, and with it what was to be put back.
        tracing::warn!(reason = %crate::error::cause(&error), "the session is not as it was before");
        return Ok(Sent::Outcome(Outcome::Done));
    };
    let Some(db_error) = error.as_db_error() else {
        return Err(Failure::new(step, Place::Lost, Cause::Server(error)));
    };
    if let Some(creation) = &message.creation
        && at == 0
        && (1..creation.statements).contains(&answers.completed)
    {
        return if guard::is_no(&creation.guards, answers.completed, &error) {
            Ok(Sent::Outcome(Outcome::Overtaken))
        } else {
            Err(Failure::new(step, Place::Creation, Cause::Server(error)))
        };
    }
    let transaction = &message.transactions[at];
    let nothing_began = at == 0 && answers.completed == 0;
    if nothing_began && steps.len() > 1 && session::goes_on(db_error) {
        return Ok(Sent::Refused);
    }
    if guard::is_no(&transaction.guards, answers.completed, &error) {
        return Ok(Sent::Outcome(guard::outcome(db_error)));
    }
    let in_script = |statement| Place::Script(failure::in_message(message, at, step, statement, db_error));
    let place = match answers.completed.checked_sub(transaction.prologue) {
        _ if answers.recorded.is_some() => Place::Commit,
        // A message of one step that cannot be parsed.
        None if nothing_began && session::goes_on(db_error) => in_script(0),
        None => Place::Prologue,
        Some(statement) if statement < step.statements() => in_script(statement),
        Some(_) => Place::History,
    };
    if place == Place::History && guard::is_unrecorded(&error) {
        return Err(Failure::unrecorded(step));
    }
    Err(Failure::new(step, place, Cause::Server(error)))
}

/// The server's answers to a message of steps, as far as they came.
#[derive(Default)]
pub(crate) struct Answers {
    /// How long each step took that is committed.
    pub(crate) committed: Vec<Duration>,
    /// How many statements of the step under way are done.
    completed: usize,
    /// The history row of the step under way is written: its duration, and the value of `completed` then.
    recorded: Option<(Duration, usize)>,
}

impl Answers {
    pub(crate) fn take(&mut self, reply: Reply, mark: &Mark) {
        match reply {
            Reply::Row(row) => {
                if let Some(duration) = mark.read(&row) {
                    self.recorded = Some((duration, self.completed));
                }
            }
            Reply::Completed => {
                self.completed += 1;
                // After the row come the completions of the query that returned it, and of COMMIT.
                if let Some((duration, before)) = self.recorded
                    && self.completed == before + 2
                {
                    self.committed.push(duration);
                    self.completed = 0;
                    self.recorded = None;
                }
            }
        }
    }
}
