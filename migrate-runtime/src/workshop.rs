//! What steps are applied with: the session, what all messages have in common, and everybody who wants to hear of it.

use std::time::{Duration, Instant};

use crate::apply::{BatchLimit, Outcome};
use crate::failure::{Cause, Failure, Place};
use crate::function::Functions;
use crate::history::Entry;
use crate::hooks::Hooks;
use crate::ledger;
use crate::message::{Envelope, Own};
use crate::notices::Here;
use crate::plan::{Action, Step};
use crate::report::Report;
use crate::session::Session;
use crate::watch::Watch;

pub(crate) struct Workshop<'w, 'c> {
    pub(crate) session: &'w mut Session<'c>,
    pub(crate) envelope: Envelope<'w>,
    /// What creates the history: it goes with the first message.
    pub(crate) creation: Option<Own>,
    pub(crate) watch: &'w mut Watch,
    pub(crate) functions: &'w Functions<'w>,
    pub(crate) hooks: Option<&'w dyn Hooks>,
    pub(crate) here: &'w Here,
    pub(crate) stopwatch: &'w mut Stopwatch,
    pub(crate) report: &'w mut Report,
}

/// Since when this run works on a migration without a transaction, the attempts that failed included.
#[derive(Default)]
pub(crate) struct Stopwatch {
    of: Option<(Action, i64, Instant)>,
}

impl Stopwatch {
    /// A further attempt at the same one goes on with the time of those before it.
    pub(crate) fn start(&mut self, step: &Step<'_>) {
        let (action, version) = (step.action(), step.version());
        if !self.of.is_some_and(|(other, of, _)| (other, of) == (action, version)) {
            self.of = Some((action, version, Instant::now()));
        }
    }

    /// What of this is the share of this run: earlier runs have a share in it too.
    pub(crate) fn share_of(&self, whole: Duration) -> Duration {
        self.of.map_or(whole, |(_, _, since)| whole.min(since.elapsed()))
    }
}

impl Workshop<'_, '_> {
    /// Tells everybody that a step is done.
    pub(crate) fn done(&mut self, step: &Step<'_>, duration: Duration) {
        let done = match step.action() {
            Action::Apply => "applied",
            Action::Revert => "reverted",
        };
        let tell = || tracing::info!(?duration, "{done}");
        // One that is alone is in its span all the time.
        if step.is_alone() {
            tell();
        } else {
            span(step).in_scope(tell);
        }
        let done = self.report.done(step, duration);
        if let Some(hooks) = self.hooks {
            hooks.after_migration(step, done);
        }
    }

    /// Creates the history in a message of its own, for a step that cannot take that along.
    pub(crate) async fn create_history(&mut self, step: &Step<'_>) -> Result<Outcome, Failure> {
        let Some(own) = self.creation.take() else {
            return Ok(Outcome::Done);
        };
        match ledger::write(self.session, &own).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(Failure::new(step, Place::Creation, Cause::Server(error))),
        }
    }

    pub(crate) fn batch_limit(&self) -> BatchLimit {
        batch_limit(self.hooks)
    }

    /// Puts back what scripts have set besides the usual, after an error has kept the message from doing so.
    pub(crate) async fn sweep(&self) {
        if let Err(error) = self.session.execute(&self.envelope.settings.sweep()).await {
            tracing::warn!(reason = %crate::error::cause(&error), "the session is not as it was before");
        }
    }

    /// The failure with what can be known only now: who was in the way.
    pub(crate) fn with_blockers(&mut self, mut failure: Failure) -> Failure {
        if failure.is_lock_timeout() {
            failure.sight = self.watch.sight();
        }
        failure
    }

    /// Writes down what failed, as far as the connection lets it.
    pub(crate) async fn log_failure(&self, failure: &Failure) {
        let Envelope { history, author, .. } = &self.envelope;
        let text = failure.cause.to_string();
        let entry = Entry {
            action: failure.action.name(),
            version: failure.version,
            description: &failure.description,
            checksum: None,
            failure: Some(&text),
            detail: None,
        };
        if failure.is_of_connection() || failure.place == Place::Refused {
            return;
        }
        if let Err(error) = self.session.execute(&history.log_entry(&entry, author)).await {
            tracing::debug!(reason = %crate::error::cause(&error), "the failure is not in the log");
        }
    }

    /// Whether the caller wants the step to be done.
    pub(crate) fn ask(&self, step: &Step<'_>) -> Result<(), Failure> {
        let Some(hooks) = self.hooks else {
            return Ok(());
        };
        hooks.before_migration(step).map_err(|error| Failure::new(step, Place::Refused, Cause::Caller(error)))
    }
}

pub(crate) fn batch_limit(hooks: Option<&dyn Hooks>) -> BatchLimit {
    if hooks.is_some() { BatchLimit::ONE } else { BatchLimit::DEFAULT }
}

/// The span of a migration.
pub(crate) fn span(step: &Step<'_>) -> tracing::Span {
    let (version, stem) = (step.version(), step.stem());
    tracing::info_span!("migration", version, stem)
}
