//! Waiting until the server answers, as a container that starts beside its database does.

use std::pin::pin;
use std::time::{Duration, Instant};

use migrate_source::Code;
use serde_json::json;

use super::Database;
use super::outcome::{Outcome, milliseconds};
use super::progress::Progress;
use super::terminal::Terminal;
use crate::connect::{ConnectError, connect};
use crate::report;

const PAUSE: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

/// Tries again and again. What the server answers counts, also where it is a refusal: waiting would not change that.
pub(super) async fn wait(terminal: &mut Terminal, database: &Database, timeout: Duration) -> Outcome {
    let start = Instant::now();
    let mut last: Option<ConnectError> = None;
    let result = {
        let try_again_and_again = async {
            loop {
                match connect(database.url()).await {
                    Ok(_) => return Ok(()),
                    Err(error) if is_answer(&error) => return Err(error),
                    Err(error) => last = Some(error),
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let mut trying = pin!(tokio::time::timeout(timeout, try_again_and_again));
        let mut progress = Progress::new("waiting for the server");
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                result = &mut trying => break Some(result),
                () = terminal.interrupted() => break None,
                _ = ticks.tick() => progress.show(terminal),
            }
        }
    };
    terminal.clear();
    let elapsed = start.elapsed();
    let outcome = match result {
        None => Outcome::interrupted(""),
        Some(Ok(Ok(()))) => {
            terminal.result(&format!("the server answers, after {}", report::milliseconds(elapsed)));
            Outcome::done()
        }
        Some(Ok(Err(error))) => Outcome::failed(&error.into()),
        Some(Err(_)) => {
            let last = last.map(|error| format!(": {error}")).unwrap_or_default();
            let what = format!("after {} s the server does not answer{last}", timeout.as_secs());
            Outcome::refused(Code::M0911, &what, "wait longer with --timeout, or look whether it runs")
        }
    };
    outcome.with("milliseconds", json!(milliseconds(elapsed)))
}

/// 57P03: it is starting up, shutting down or recovering.
fn is_answer(error: &ConnectError) -> bool {
    error.sqlstate().is_some_and(|code| code != "57P03")
}
