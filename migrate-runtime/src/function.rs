//! Migrations in Rust: functions of the service that run in the transaction of their history row.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tokio_postgres::Transaction;

use crate::apply::Outcome;
use crate::error::ErrorKind;
use crate::failure::{Cause, Failure, Place};
use crate::guard;
use crate::history::{Highest, HistoryTable};
use crate::hooks::BoxError;
use crate::plan::{Action, Plan, Step};
use crate::workshop::Workshop;

/// What a function of the service returns: a boxed future, as `Box::pin(async move { … })` makes it.
pub type FunctionFuture<'t> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 't>>;

pub(crate) type Function<'f> =
    Arc<dyn for<'t> Fn(&'t mut Transaction<'_>) -> FunctionFuture<'t> + Send + Sync + 'f>;

/// The functions that a service has registered.
#[derive(Clone, Default)]
pub(crate) struct Functions<'f> {
    apply: BTreeMap<i64, Function<'f>>,
    revert: BTreeMap<i64, Function<'f>>,
}

impl<'f> Functions<'f> {
    pub(crate) fn insert<F>(&mut self, action: Action, version: i64, function: F)
    where
        F: for<'t> Fn(&'t mut Transaction<'_>) -> FunctionFuture<'t> + Send + Sync + 'f,
    {
        let of_action = match action {
            Action::Apply => &mut self.apply,
            Action::Revert => &mut self.revert,
        };
        of_action.insert(version, Arc::new(function));
    }

    #[cfg(feature = "testing")]
    pub(crate) fn is_empty(&self) -> bool {
        self.apply.is_empty() && self.revert.is_empty()
    }

    fn get(&self, step: &Step<'_>) -> Option<&Function<'f>> {
        match step.action() {
            Action::Apply => self.apply.get(&step.version()),
            Action::Revert => self.revert.get(&step.version()),
        }
    }

    /// Whether each function that the plan wants is there, and no function is for a version that has SQL or no file.
    pub(crate) fn check(&self, set: &migrate_source::MigrationSet, plan: &Plan<'_>) -> Result<(), ErrorKind> {
        let announced = |version: i64, action: Action| {
            set.iter().find(|migration| migration.version() == version).is_some_and(
                |migration| match action {
                    Action::Apply => migration.up().is_function(),
                    Action::Revert => migration.down().is_some_and(|down| down.is_function()),
                },
            )
        };
        let apply = self.apply.keys().map(|version| (*version, Action::Apply));
        let revert = self.revert.keys().map(|version| (*version, Action::Revert));
        if let Some((version, action)) =
            apply.chain(revert).find(|(version, action)| !announced(*version, *action))
        {
            return Err(ErrorKind::UnannouncedFunction { version, action });
        }
        match plan.steps().iter().find(|step| step.is_function() && self.get(step).is_none()) {
            Some(step) => Err(ErrorKind::NoFunction {
                version: step.version(),
                file: step.file().to_owned(),
                action: step.action(),
            }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Functions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions")
            .field("apply", &self.apply.keys())
            .field("revert", &self.revert.keys())
            .finish()
    }
}

/// What a function must not do, and what comes of it.
pub(crate) const ENDED: &str = "the function has ended the transaction that it was given, so that what it committed stays and is not \
                     recorded: undo that by hand, and leave COMMIT and ROLLBACK out of the function";

/// Runs a function in the transaction of its history row.
pub(crate) async fn apply(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    highest: Highest,
) -> Result<Outcome, Failure> {
    let Some(function) = shop.functions.get(step) else {
        return Ok(Outcome::Overtaken);
    };
    shop.ask(step)?;
    if shop.create_history(step).await? == Outcome::Overtaken {
        return Ok(Outcome::Overtaken);
    }
    let envelope = &shop.envelope;
    let guards = envelope.guards(step, highest);
    let server = |place| move |error| Failure::new(step, place, Cause::Server(error));
    let work = async {
        let mut transaction = shop.session.begin().await.map_err(server(Place::Prologue))?;
        if let Err(error) = transaction.batch_execute(&guards).await {
            return match error.as_db_error() {
                Some(db_error) if guard::is_a_no(&error) => Ok((guard::outcome(db_error), None)),
                _ => Err(Failure::new(step, Place::Prologue, Cause::Server(error))),
            };
        }
        if let Err(error) = function(&mut transaction).await {
            if has_ended(&transaction, envelope.history).await {
                let cause = Cause::Caller(format!("{ENDED}; then it failed: {error}").into());
                return Err(Failure::new(step, Place::Ended, cause));
            }
            let cause = match error.downcast::<tokio_postgres::Error>() {
                Ok(error) if is_of_server(&error) => Cause::Server(*error),
                Ok(error) => Cause::Caller(crate::error::cause(&error).into()),
                Err(error) => Cause::Caller(error),
            };
            return Err(Failure::new(step, Place::Function, cause));
        }
        let rows = match transaction.simple_query(&envelope.tail(step)).await {
            Ok(rows) => rows,
            Err(error) if guard::is_unrecorded(&error) => return Err(Failure::unrecorded(step)),
            Err(error) if guard::is_a_no(&error) => {
                return Err(Failure::new(step, Place::Ended, Cause::Caller(ENDED.into())));
            }
            Err(error) => return Err(Failure::new(step, Place::History, Cause::Server(error))),
        };
        transaction.commit().await.map_err(server(Place::Commit))?;
        let duration = rows.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => envelope.mark.read(row),
            _ => None,
        });
        Ok((Outcome::Done, duration))
    };
    shop.here.set(Some(step));
    let result = shop.watch.during(envelope.watched(step, shop.hooks), work).await;
    shop.here.set(None);
    let (outcome, duration) = result?;
    if outcome == Outcome::Done {
        shop.done(step, duration.unwrap_or_default());
    }
    Ok(outcome)
}

/// Whether a function that has failed is no longer in the transaction that it was given, which holds the lock of the
/// history. One that the server has given up takes no question: it is the same.
async fn has_ended(transaction: &Transaction<'_>, history: &HistoryTable) -> bool {
    let is_same = guard::require(&history.holds_lock(), guard::ENDED);
    transaction.batch_execute(&is_same).await.is_err_and(|error| guard::is_a_no(&error))
}

/// Said by the server, or by a connection that is lost; not by a value that has another type than the function thinks.
fn is_of_server(error: &tokio_postgres::Error) -> bool {
    let is_io = std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    error.as_db_error().is_some() || error.is_closed() || is_io
}
