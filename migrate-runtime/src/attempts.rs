//! How often a migration is tried that failed for a reason that may pass.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::blocker;
use crate::failure::Failure;
use crate::hooks::Hooks;
use crate::session::Session;

/// How often a migration was tried, and the pauses in between.
pub(crate) struct Attempts {
    /// Version, description, and how many statements are done where each is tried by itself.
    what: Option<(i64, String, Option<usize>)>,
    made: u32,
    limit: u32,
    backoff: Backoff,
}

impl Attempts {
    pub(crate) fn new(limit: u32) -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
        Self { what: None, made: 0, limit, backoff }
    }

    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Waits before the next attempt, if there is to be one.
    /// The session may be silent for `idle_limit` and no longer.
    pub(crate) async fn may_try_again(
        &mut self,
        failure: &Failure,
        hooks: Option<&dyn Hooks>,
        session: &Session<'_>,
        idle_limit: Option<Duration>,
    ) -> bool {
        let what = Some((failure.version, failure.description.clone(), failure.statements_done));
        if what != self.what {
            *self = Self { what, ..Self::new(self.limit) };
        }
        self.made += 1;
        if !failure.is_transient() || self.made >= self.limit {
            return false;
        }
        tracing::warn!(
            stem = failure.stem,
            attempt = self.made,
            reason = %failure.cause,
            blockers = blocker::list(failure.blockers()).map(tracing::field::display),
            "migration will be tried again"
        );
        if let Some(hooks) = hooks {
            let held = blocker::list(failure.blockers()).map(|list| format!("; the lock was held by {list}"));
            hooks.before_retry(&failure.stem, &format!("{}{}", failure.cause, held.unwrap_or_default()));
        }
        session.kept_alive(idle_limit, self.backoff.pause()).await;
        true
    }
}
