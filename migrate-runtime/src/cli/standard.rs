//! The streams and the signals of the process: the one place of this crate that opens them. They are handed to a
//! [`Terminal`], which alone writes to them.

use std::io::{BufReader, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::Terminal;

impl Terminal {
    /// The standard streams of the process. Where the standard input is a terminal, somebody can be asked. From the first
    /// verb on, Ctrl-C and SIGTERM do not end the process any more but the verb.
    pub fn standard() -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        // NO_COLOR, CLICOLOR_FORCE and TERM have their say in it.
        let is_colored = |choice| choice != ColorChoice::Never;
        let (color_out, color_err) =
            (is_colored(AutoStream::choice(&out)), is_colored(AutoStream::choice(&err)));
        // A line cannot be taken back on one that understands nothing.
        let is_live = err.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let is_attended = std::io::stdin().is_terminal() && err.is_terminal();
        let terminal = Self::new(AutoStream::always(out), AutoStream::always(err))
            .colored(color_out, color_err)
            .live(is_live)
            .interrupted_by_process(signals);
        if is_attended { terminal.answering(BufReader::new(std::io::stdin())) } else { terminal }
    }
}

/// Each Ctrl-C, and on Unix each SIGTERM, and each SIGHUP of a terminal that is gone, for as long as somebody hears it.
fn signals() -> UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let sender = sender.clone();
            // Where it cannot be heard, it ends the process as ever.
            if let Ok(mut signals) = signal(kind) {
                tokio::spawn(
                    async move { while signals.recv().await.is_some() && sender.send(()).is_ok() {} },
                );
            }
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {} });
    receiver
}
