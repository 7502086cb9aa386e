//! When a process shall end: Ctrl-C at a terminal, SIGTERM from whoever runs it; and how long it may take over that.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// What is under way has so long to end. Kubernetes kills after 30 s, which leaves no word of it.
const GRACE: Duration = Duration::from_secs(20);

/// Cancelled by the first signal; the second ends the process. It listens from now on, and not only once somebody waits.
///
/// # Errors
///
/// The system does not let it listen.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let called = stop.clone();
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    tokio::spawn(async move {
        for is_second in [false, true] {
            #[cfg(unix)]
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            #[cfg(not(unix))]
            let _ = tokio::signal::ctrl_c().await;
            if is_second {
                // Who asks twice does not want to wait.
                std::process::exit(130);
            }
            called.cancel();
        }
    });
    Ok(stop)
}

/// Waits for the work, but not for ever once it has been told to stop: a client that never reads its answer, or a statement
/// that waits for a lock, would otherwise keep the process.
///
/// # Errors
///
/// It was not done in time.
pub async fn bounded<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Result<T, &'static str> {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = work => Ok(done),
        () = late => Err("20 s after it was told to stop, something is still under way: it ends without that"),
    }
}
