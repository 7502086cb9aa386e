//! When the worker shall end: Ctrl-C at a terminal, SIGTERM from whoever runs it.

use tokio_util::sync::CancellationToken;

/// Cancelled by the first signal. It listens from now on, and not only once somebody waits.
pub(crate) fn on_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let called = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        called.cancel();
    });
    Ok(stop)
}
