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
    called: Notify,
}

impl Stop {
    /// From now on, nothing is begun.
    pub fn call(&self) {
        self.0.is_called.store(true, Ordering::SeqCst);
        self.0.called.notify_waiters();
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
