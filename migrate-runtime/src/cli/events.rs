//! What happens while a verb is under way, as values: what the hooks and the server's notices come to. The hooks of the
//! service are called as ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio_postgres::error::{DbError, Severity};

use super::terminal::printable;
use crate::activity::Activity;
use crate::error::Error;
use crate::hooks::{BoxError, Hooks};
use crate::plan::{Action, Plan, Step};
use crate::report::{Done, Report};

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// So many are to be done, from here on.
    Planned { steps: usize },
    /// A migration is sent.
    Begun {
        stem: String,
        action: Action,
        statements: usize,
        /// Of its first statement.
        beginning: String,
    },
    /// A statement, from 1, of a migration without a transaction is sent.
    Statement { number: usize, beginning: String },
    /// It did not come through, and is tried again.
    Retried { stem: String, reason: String },
    /// Another process is at work.
    Waiting { for_whom: String },
    /// A migration takes long.
    UnderWay { stem: String, activity: Activity },
    Done {
        stem: String,
        action: Action,
        /// Nothing was run: only its record is removed.
        is_row_only: bool,
        duration: Duration,
    },
    /// Done, and it will be rolled back.
    Rehearsed { stem: String, duration: Duration },
    /// The server said something by the way.
    Notice { is_warning: bool, text: String },
}

/// Hears what the hooks say, and hands it on.
pub(super) struct Observer<'h> {
    /// Those of the service.
    inner: Option<&'h dyn Hooks>,
    events: UnboundedSender<Event>,
    /// No other migration is to be begun.
    pub(super) stop: AtomicBool,
}

impl Event {
    pub(super) fn notice(notice: &DbError, file: Option<&str>) -> Self {
        let severity = notice.severity().to_lowercase();
        // It may have come from anywhere.
        let message = printable(notice.message());
        let place = file.map(|file| format!("{file}: ")).unwrap_or_default();
        Self::Notice {
            is_warning: notice.parsed_severity() == Some(Severity::Warning),
            text: format!("{severity}: {place}{message}"),
        }
    }
}

impl<'h> Observer<'h> {
    pub(super) fn new(inner: Option<&'h dyn Hooks>, events: UnboundedSender<Event>) -> Self {
        Self { inner, events, stop: AtomicBool::new(false) }
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more only when the verb is given up.
        let _ = self.events.send(event);
    }
}

/// The first line of a statement.
fn beginning(step: &Step<'_>, statement: usize) -> String {
    let range = step.script().and_then(|script| script.statements().nth(statement));
    let sql = range.and_then(|range| step.text().get(range)).unwrap_or_default();
    sql.lines().next().unwrap_or_default().trim_end().to_owned()
}

impl Hooks for Observer<'_> {
    fn before_run(&self, plan: &Plan<'_>) -> Result<(), BoxError> {
        if let Some(hooks) = self.inner {
            hooks.before_run(plan)?;
        }
        self.tell(Event::Planned { steps: plan.steps().len() });
        Ok(())
    }

    fn before_migration(&self, step: &Step<'_>) -> Result<(), BoxError> {
        if self.stop.load(Ordering::SeqCst) {
            return Err("it was interrupted".into());
        }
        if let Some(hooks) = self.inner {
            hooks.before_migration(step)?;
        }
        let (stem, action) = (step.stem().to_owned(), step.action());
        let beginning = beginning(step, 0);
        self.tell(Event::Begun { stem, action, statements: step.statements(), beginning });
        Ok(())
    }

    fn before_statement(&self, step: &Step<'_>, statement: usize) {
        if let Some(hooks) = self.inner {
            hooks.before_statement(step, statement);
        }
        self.tell(Event::Statement { number: statement + 1, beginning: beginning(step, statement) });
    }

    fn before_retry(&self, stem: &str, reason: &str) {
        if let Some(hooks) = self.inner {
            hooks.before_retry(stem, reason);
        }
        self.tell(Event::Retried { stem: stem.to_owned(), reason: reason.to_owned() });
    }

    fn waiting(&self, for_whom: &str) {
        if let Some(hooks) = self.inner {
            hooks.waiting(for_whom);
        }
        self.tell(Event::Waiting { for_whom: for_whom.to_owned() });
    }

    fn under_way(&self, stem: &str, activity: &Activity) {
        if let Some(hooks) = self.inner {
            hooks.under_way(stem, activity);
        }
        self.tell(Event::UnderWay { stem: stem.to_owned(), activity: activity.clone() });
    }

    fn after_migration(&self, step: &Step<'_>, done: &Done) {
        if let Some(hooks) = self.inner {
            hooks.after_migration(step, done);
        }
        let (stem, action) = (done.stem().to_owned(), step.action());
        let is_row_only = step.script().is_none();
        self.tell(Event::Done { stem, action, is_row_only, duration: done.duration() });
    }

    fn after_rehearsal(&self, step: &Step<'_>, done: &Done) {
        if let Some(hooks) = self.inner {
            hooks.after_rehearsal(step, done);
        }
        self.tell(Event::Rehearsed { stem: done.stem().to_owned(), duration: done.duration() });
    }

    fn after_run(&self, result: Result<&Report, &Error>) {
        if let Some(hooks) = self.inner {
            hooks.after_run(result);
        }
    }
}
