//! Callbacks of the service before and after each run and each migration.

use std::error::Error as StdError;

use crate::activity::Activity;
use crate::error::Error;
use crate::plan::{Plan, Step};
use crate::report::{Done, Report};

/// An error of the caller's own code.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What a service wants to hear or to decide while migrations are applied or reverted: progress for a display, a
/// metric, a refusal. Each method does nothing unless it is written.
///
/// With hooks, each migration goes in a message of its own, so that it can be refused before anything of it is sent;
/// this costs a round trip a migration.
///
/// ```
/// use migrate_runtime::{BoxError, Hooks, Step};
///
/// struct NotOnFridays;
///
/// impl Hooks for NotOnFridays {
///     fn before_migration(&self, step: &Step<'_>) -> Result<(), BoxError> {
/// #       fn is_friday() -> bool { false }
///         if is_friday() { Err(format!("no {} on a Friday", step.stem()).into()) } else { Ok(()) }
///     }
/// }
/// ```
pub trait Hooks: Sync {
    /// Something is to be done, and this is what; again when another process has changed that in the meantime. An
    /// error keeps all of it from being done.
    ///
    /// # Errors
    ///
    /// The caller's own; the verb fails with it.
    fn before_run(&self, _plan: &Plan<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    /// A migration is about to be sent. An error keeps it and all after it from being done; those before it stay. A
    /// migration that is tried again is announced again.
    ///
    /// # Errors
    ///
    /// The caller's own; the verb fails with it.
    fn before_migration(&self, _step: &Step<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    /// A statement, counted from 0, of a migration without a transaction is about to be sent.
    fn before_statement(&self, _step: &Step<'_>, _statement: usize) {}

    /// A migration did not come through for a reason that may pass, such as a lock that did not come free in time, and is
    /// tried again after a pause. The reason is one line, with who was in the way where that is known.
    fn before_retry(&self, _stem: &str, _reason: &str) {}

    /// Another process is at work, and this one waits for it: `pid 4711 (application "billing", role app, active for 12 s),
    /// which works on 0002_index`. Said at once, and every 30 seconds.
    fn waiting(&self, _for_whom: &str) {}

    /// A migration takes long, and this is what it does: who is in its way, and how far its statement is. Called from time to
    /// time while that changes; the last call of a migration that a session was in the way of may have no blocker any more.
    /// Needs a second connection: see [`Runner::watch_url`](crate::Runner::watch_url).
    fn under_way(&self, _stem: &str, _activity: &Activity) {}

    /// A migration is committed.
    fn after_migration(&self, _step: &Step<'_>, _done: &Done) {}

    /// A migration was run in a rehearsal, and will be rolled back: see [`Runner::rehearse`](crate::Runner::rehearse).
    fn after_rehearsal(&self, _step: &Step<'_>, _done: &Done) {}

    /// The verb is at its end.
    fn after_run(&self, _result: Result<&Report, &Error>) {}
}
