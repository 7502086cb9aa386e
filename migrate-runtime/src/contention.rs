//! Waiting for another process: always by asking again, never by blocking on a lock. A session that blocks holds a
//! snapshot, `CREATE INDEX CONCURRENTLY` waits for it, and both would wait for ever.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::error::{Doing, ErrorKind};
use crate::history::HistoryTable;
use crate::ledger;
use crate::question;
use crate::session::Session;
use crate::step::Claim;

/// A migration of a second is waited for with little loss, one of an hour with little noise.
fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(20), Duration::from_secs(1))
}

/// Returns when no session holds the lock of the history table.
pub(crate) async fn wait_for_lock(session: &Session<'_>, history: &HistoryTable) -> Result<(), ErrorKind> {
    let mut backoff = backoff();
    let mut last_holder = None;
    loop {
        let rows = question::ask(session, history, Doing::AskingForLock, &history.lock_holder()).await?;
        let Some(holder) = rows.first().and_then(|row| row.get(0)) else {
            return Ok(());
        };
        if last_holder.as_deref() != Some(holder) {
            tracing::info!(pid = holder, "waiting for another process that is at work on the migrations");
            last_holder = Some(holder.to_owned());
        }
        backoff.pause().await;
    }
}

/// Returns when the backend that claimed a migration is done with it, or gone.
pub(crate) async fn wait_for_claim(
    session: &Session<'_>,
    history: &HistoryTable,
    claim: &Claim,
) -> Result<(), ErrorKind> {
    let Claim { stem, pid } = claim;
    tracing::info!(
        pid,
        stem,
        "waiting for another process that is at work on a migration without a transaction"
    );
    let mut backoff = backoff();
    loop {
        backoff.pause().await;
        let ledger = ledger::read(session, history).await?;
        if !ledger.history().iter().any(|row| row.state.is_claimed()) {
            return Ok(());
        }
    }
}
