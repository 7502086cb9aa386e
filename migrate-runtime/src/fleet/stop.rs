//! Telling a rollout to begin nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Tells a rollout to begin no other tenant: what is under way is finished, the rest is reported as not begun.
///
/// Clones of it are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_called: AtomicBool,
    is_cancelled: AtomicBool,
    called: Notify,
    cancelled: Notify,
}

impl Stop {
    /// From now on, nothing is begun.
    pub fn call(&self) {
        self.0.is_called.store(true, Ordering::SeqCst);
        self.0.called.notify_waiters();
    }

    /// The same, and the servers are asked to cancel what they are at: each such tenant fails, and what was in a transaction is
    /// rolled back.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::SeqCst);
        self.call();
        self.0.cancelled.notify_waiters();
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::SeqCst)
    }

    /// Returns once it is cancelled.
    pub(super) async fn cancelled(&self) {
        let cancelled = self.0.cancelled.notified();
        if !self.is_cancelled() {
            cancelled.await;
        }
    }

    /// Whether somebody has called it.
    pub fn is_called(&self) -> bool {
        self.0.is_called.load(Ordering::SeqCst)
    }

    /// Returns once it is called.
    pub(super) async fn called(&self) {
        let called = self.0.called.notified();
        if !self.is_called() {
            called.await;
        }
    }
}
