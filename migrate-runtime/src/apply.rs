//! Transactional steps: many in one message, each in a transaction of its own with its history row.

use std::time::Duration;

use crate::failure::{self, Failure, Place};
use crate::history::{HistoryTable, Mark};
use crate::message::{self, Message, Timeouts};
use crate::plan::Step;
use crate::report::Report;
use crate::session::{self, Reply, Session};
use crate::settings::Settings;

/// How applying ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Another process is at it, or was: what to do must be decided anew.
    Overtaken,
}

/// What a step is applied with.
pub(crate) struct Workshop<'w, 'c> {
    pub(crate) session: &'w mut Session<'c>,
    pub(crate) history: &'w HistoryTable,
    pub(crate) timeouts: Timeouts,
    pub(crate) settings: &'w Settings,
    pub(crate) mark: Mark,
    pub(crate) report: &'w mut Report,
}

impl Workshop<'_, '_> {
    pub(crate) fn applied(&mut self, step: &Step<'_>, duration: Duration) {
        let (version, stem) = (step.migration.version(), step.migration.stem());
        tracing::info!(?duration, "applied");
        self.report.applied_one(version, stem, duration);
    }
}

/// The span of a migration.
pub(crate) fn span(step: &Step<'_>) -> tracing::Span {
    let (version, stem) = (step.migration.version(), step.migration.stem());
    tracing::info_span!("migration", version, stem)
}

/// Applies transactional steps in as few messages as their size allows. `highest` is the highest version in the
/// history.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    steps: &[Step<'_>],
    mut highest: i64,
) -> Result<Outcome, Failure> {
    for batch in batches(steps) {
        match send(shop, batch, highest).await? {
            Sent::Done => {}
            Sent::Overtaken => return Ok(Outcome::Overtaken),
            // PostgreSQL parses a message before it runs any of it. One by one, the steps before the broken one are
            // applied as they would have been in messages of their own.
            Sent::Refused => {
                for step in batch {
                    if send(shop, std::slice::from_ref(step), highest).await? == Sent::Overtaken {
                        return Ok(Outcome::Overtaken);
                    }
                    highest = highest.max(step.migration.version());
                }
            }
        }
        highest = batch.iter().map(|step| step.migration.version()).fold(highest, i64::max);
    }
    Ok(Outcome::Done)
}

/// PostgreSQL keeps the parse trees of a whole message in memory, some ten times its size.
const BATCH_BYTES: usize = 1024 * 1024;

/// Cuts the steps into messages of at most [`BATCH_BYTES`], or one step.
fn batches<'s, 'a>(steps: &'s [Step<'a>]) -> impl Iterator<Item = &'s [Step<'a>]> {
    let mut rest = steps;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fit = rest.iter().take_while(|step| {
            bytes += step.migration.up().text().len();
            bytes <= BATCH_BYTES
        });
        let (batch, after) = rest.split_at(fit.count().max(1).min(rest.len()));
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Done,
    Overtaken,
    /// The message as a whole could not be parsed, and had more than one step.
    Refused,
}

async fn send(shop: &mut Workshop<'_, '_>, steps: &[Step<'_>], highest: i64) -> Result<Sent, Failure> {
    let message = message::apply(shop.history, shop.timeouts, shop.settings, &shop.mark, steps, highest);
    let mut answers = Answers::default();
    let result = shop.session.transactions(&message.sql, |reply| answers.take(reply, &shop.mark)).await;
    for (step, duration) in steps.iter().zip(&answers.committed) {
        // The server answers when the whole message is done: the span is where the event belongs, not how long it took.
        span(step).in_scope(|| shop.applied(step, *duration));
    }
    match result {
        Ok(()) => Ok(Sent::Done),
        Err(error) => judge(&message, steps, &answers, error),
    }
}

/// What an error means, by how far the server's answers came.
fn judge(
    message: &Message,
    steps: &[Step<'_>],
    answers: &Answers,
    error: tokio_postgres::Error,
) -> Result<Sent, Failure> {
    let at = answers.committed.len();
    let Some(step) = steps.get(at) else {
        // Everything is committed. What came to grief is the session, and with it what was to be put back.
        tracing::warn!(reason = %crate::error::cause(&error), "the session is not as it was before");
        return Ok(Sent::Done);
    };
    let Some(db_error) = error.as_db_error() else {
        return Err(Failure::new(step, Place::Lost, error));
    };
    let transaction = &message.transactions[at];
    let nothing_began = at == 0 && answers.completed == 0;
    if nothing_began && steps.len() > 1 && session::goes_on(db_error) {
        return Ok(Sent::Refused);
    }
    if message::is_no(&transaction.guards, answers.completed, &error) {
        return Ok(Sent::Overtaken);
    }
    let in_script = |statement| Place::Script(failure::in_message(message, at, step, statement, db_error));
    let place = match answers.completed.checked_sub(transaction.prologue) {
        _ if answers.recorded.is_some() => Place::Commit,
        // A message of one step that cannot be parsed.
        None if nothing_began && session::goes_on(db_error) => in_script(0),
        None if answers.completed + 1 == transaction.prologue => Place::History,
        None => Place::Prologue,
        Some(statement) if statement < step.migration.up().statements().len() => in_script(statement),
        Some(_) => Place::History,
    };
    Err(Failure::new(step, place, error))
}

/// The server's answers to a message of steps, as far as they came.
#[derive(Default)]
struct Answers {
    /// How long each step took that is committed.
    committed: Vec<Duration>,
    /// How many statements of the step under way are done.
    completed: usize,
    /// The history row of the step under way is written: its duration, and the value of `completed` then.
    recorded: Option<(Duration, usize)>,
}

impl Answers {
    fn take(&mut self, reply: Reply, mark: &Mark) {
        match reply {
            Reply::Row(row) => {
                if let Some(duration) = mark.read(&row) {
                    self.recorded = Some((duration, self.completed));
                }
            }
            Reply::Completed => {
                self.completed += 1;
                // After the row come the completions of its INSERT and of COMMIT.
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
