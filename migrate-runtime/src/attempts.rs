//! How often a migration is tried that failed for a reason that may pass.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::failure::Failure;
use crate::options::MAX_ATTEMPTS;

/// How often a migration was tried, and the pauses in between.
pub(crate) struct Attempts {
    version: i64,
    description: String,
    made: u32,
    backoff: Backoff,
}

impl Default for Attempts {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
        Self { version: 0, description: String::new(), made: 0, backoff }
    }
}

impl Attempts {
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Waits before the next attempt, if there is to be one.
    pub(crate) async fn may_try_again(&mut self, failure: &Failure) -> bool {
        if (failure.version, &failure.description) != (self.version, &self.description) {
            let description = failure.description.clone();
            *self = Self { version: failure.version, description, ..Self::default() };
        }
        self.made += 1;
        if !failure.is_transient() || self.made >= MAX_ATTEMPTS {
            return false;
        }
        tracing::warn!(
            failure.stem,
            attempt = self.made,
            reason = %failure.cause,
            blockers = failure.blockers(),
            "migration will be tried again"
        );
        self.backoff.pause().await;
        true
    }
}
