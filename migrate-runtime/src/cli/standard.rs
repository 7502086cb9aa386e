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
        let is_live = err.is_terminal();
        let terminal = Self::new(AutoStream::always(out), AutoStream::always(err))
            .colored(color_out, color_err)
            .live(is_live)
            .interrupted_by_process(signals);
        if std::io::stdin().is_terminal() && is_live {
            terminal.answering(BufReader::new(std::io::stdin()))
        } else {
            terminal
        }
    }
}

fn signals() -> UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        #[cfg(unix)]
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        loop {
            #[cfg(unix)]
            let terminated = async {
                match &mut terminate {
                    Some(terminate) => drop(terminate.recv().await),
                    None => std::future::pending().await,
                }
            };
            #[cfg(not(unix))]
            let terminated = std::future::pending::<()>();
            tokio::select! {
                result = tokio::signal::ctrl_c() => if result.is_err() { return },
                () = terminated => {}
            }
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    receiver
}
