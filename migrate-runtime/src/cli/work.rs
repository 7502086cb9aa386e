//! A verb under way: it is connected, what happens is shown as it happens, and Ctrl-C is heard. It decides nothing of
//! what is done.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::Instant;
use tokio_postgres::Client;

use super::events::{Event, Observer};
use super::progress::Progress;
use super::terminal::{Style, Terminal, paint};
use crate::connect::{Connected, connect};
use crate::error::{Error, ErrorKind};
use crate::notices::Here;
use crate::options::Runner;
use crate::report::Report;

/// How a verb's work has ended.
pub(super) enum Ended<T> {
    Done(T),
    Failed(Error),
    /// Somebody did not want it to go on; with what it came to, where that is known.
    Interrupted(Option<Result<T, Error>>),
}

/// How long the server may take to cancel a statement, and to hear what is left to say.
const PATIENCE: Duration = Duration::from_secs(2);

/// Often enough for the eye.
const TICK: Duration = Duration::from_millis(100);

/// Connects, does the work, and shows what happens meanwhile.
pub(super) async fn carry_out<T>(
    terminal: &mut Terminal,
    url: &str,
    runner: Runner<'_>,
    work: impl AsyncFnOnce(&Runner<'_>, &mut Client, &Here) -> Result<T, Error>,
) -> Ended<T> {
    let connected = {
        let mut connecting = pin!(connect(url));
        let mut shown = Progress::new("connecting");
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                connected = &mut connecting => break connected,
                () = terminal.interrupted() => return Ended::Interrupted(None),
                _ = ticks.tick() => shown.show(terminal),
            }
        }
    };
    terminal.clear();
    let connected = match connected {
        Ok(connected) => connected,
        Err(error) => return Ended::Failed(Error::new(ErrorKind::Connect(error), "", Report::default())),
    };
    let (events, heard) = mpsc::unbounded_channel();
    let notices = events.clone();
    connected.here.listen(Box::new(move |notice, file| {
        let _ = notices.send(Event::notice(notice, file));
    }));
    let observer = Observer::new(runner.hooks, events);
    let runner = runner.hooks(&observer).watch_url(url);
    let ended = attend(terminal, connected, &runner, &observer, heard, work).await;
    terminal.clear();
    ended
}

async fn attend<T>(
    terminal: &mut Terminal,
    connected: Connected,
    runner: &Runner<'_>,
    observer: &Observer<'_>,
    mut heard: UnboundedReceiver<Event>,
    work: impl AsyncFnOnce(&Runner<'_>, &mut Client, &Here) -> Result<T, Error>,
) -> Ended<T> {
    let Connected { mut client, mut connection, here, cancel } = connected;
    let mut cancel = Some(cancel);
    let here = Arc::clone(&here);
    let mut progress = Progress::new("reading the history, or waiting for another process");
    let mut interrupts = 0_u32;
    // Far away, until somebody has had enough.
    let mut deadline = None;
    let result = {
        let mut work = pin!(work(runner, &mut client, &here));
        let mut ticks = tokio::time::interval(TICK);
        let mut is_connected = true;
        loop {
            tokio::select! {
                biased;
                Some(event) = heard.recv() => progress.hear(&event, terminal),
                () = terminal.interrupted() => {
                    interrupts += 1;
                    observer.stop.store(true, Ordering::SeqCst);
                    match (interrupts, progress.in_hand(), cancel.take()) {
                        (1, Some(stem), token) => {
                            cancel = token;
                            let stem = stem.to_owned();
                            terminal.note(&paint(
                                Style::Warning,
                                &format!("interrupted: {stem} is finished first; Ctrl-C again cancels it"),
                            ));
                        }
                        (2, Some(_), Some(cancel)) => {
                            tokio::spawn(cancel);
                            deadline = Some(Instant::now() + PATIENCE);
                        }
                        _ => break None,
                    }
                }
                result = &mut work => break Some(result),
                // When the server says something by the way, the work has heard all answers that came before it.
                () = &mut connection, if is_connected => is_connected = false,
                () = until(deadline) => break None,
                _ = ticks.tick(), if terminal.is_live() => progress.show(terminal),
            }
        }
    };
    while let Ok(event) = heard.try_recv() {
        progress.hear(&event, terminal);
    }
    if result.is_none() {
        // What a verb that is broken off has to say to the server is sent while the connection is driven.
        drop(client);
        let _ = tokio::time::timeout(PATIENCE, connection).await;
    }
    match result {
        Some(Ok(value)) if interrupts == 0 => Ended::Done(value),
        Some(Err(error)) if interrupts == 0 => Ended::Failed(error),
        result => Ended::Interrupted(result),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
