//! Pauses between attempts: each longer than the last, up to a limit, and never the same in two processes.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The pauses of one wait.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    limit: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, limit: Duration) -> Self {
        Self { next: first, limit }
    }

    /// Sleeps between half of the next pause and all of it.
    pub(crate) async fn pause(&mut self) {
        let half = self.next / 2;
        let jitter = half.mul_f64(random());
        self.next = (self.next * 2).min(self.limit);
        tokio::time::sleep(half + jitter).await;
    }
}

/// A number from 0 to 1, good enough to keep processes apart.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 32;
    f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
