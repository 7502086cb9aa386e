//! Waiting for another process: always by asking again, never by blocking on a lock. A session that blocks holds a
//! snapshot, `CREATE INDEX CONCURRENTLY` waits for it, and both would wait for ever.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::error::{Doing, ErrorKind};
use crate::history::{self, HistoryTable};
use crate::ledger::{self, ClaimOnRecord};
use crate::question;
use crate::session::{Reply, Session};
use crate::step::{Claim, Step};

/// A migration of a second is waited for with little loss, one of an hour with little noise.
fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(20), Duration::from_secs(1))
}

/// Says for whom this process waits: at once, again for each other one, and from time to time.
#[derive(Default)]
struct Notice {
    last: Option<(Option<i32>, Instant)>,
}

impl Notice {
    const EVERY: Duration = Duration::from_secs(30);

    /// `work` goes on behind "which".
    async fn give(&mut self, session: &Session<'_>, pid: Option<i32>, work: &str) {
        let now = Instant::now();
        if self.last.is_some_and(|(last, at)| last == pid && now.duration_since(at) < Self::EVERY) {
            return;
        }
        let is_first = self.last.replace((pid, now)).is_none();
        let holder = match pid {
            Some(pid) => holder(session, pid).await,
            None => "another process".to_owned(),
        };
        if is_first {
            tracing::info!(pid, "waiting for {holder}, which {work}");
        } else {
            tracing::warn!(pid, "still waiting for {holder}, which {work}");
        }
        if let Some(hooks) = session.patience.hooks {
            hooks.waiting(&format!("{holder}, which {work}"));
        }
    }
}

/// What there is to be known of a session.
async fn holder(session: &Session<'_>, pid: i32) -> String {
    let rows = session.query(&HistoryTable::session(pid)).await.unwrap_or_default();
    let blocker = rows.first().and_then(HistoryTable::parse_blocker);
    blocker.map_or_else(|| format!("pid {pid}"), |blocker| blocker.without_query().to_string())
}

/// Returns when no session holds the lock of the history table.
pub(crate) async fn wait_for_lock(session: &Session<'_>, history: &HistoryTable) -> Result<(), ErrorKind> {
    let (mut backoff, mut notice) = (backoff(), Notice::default());
    loop {
        let rows = question::ask(session, history, Doing::AskingForLock, &history.lock_holder()).await?;
        let Some(pid) = rows.first().and_then(|row| row.get(0)) else {
            return Ok(());
        };
        notice.give(session, pid.parse().ok(), "holds the history lock").await;
        backoff.pause().await;
    }
}

/// Returns when the backend that claimed a migration is done with it, or gone.
pub(crate) async fn wait_for_claim(
    session: &Session<'_>,
    history: &HistoryTable,
    claim: &Claim,
) -> Result<(), ErrorKind> {
    let (mut backoff, mut notice) = (backoff(), Notice::default());
    let work = format!("works on {}", claim.stem);
    loop {
        notice.give(session, claim.pid, &work).await;
        backoff.pause().await;
        let ledger = ledger::read(session, history).await?;
        if !ledger.history().iter().any(|row| row.state.is_claimed()) {
            return Ok(());
        }
    }
}

/// Ends the sessions of the process that a step is taken over from, and returns when they are gone. A statement that is
/// still on its way to one of them would run after those of this process. Where the role may not end them, they are given
/// some time; a process that then finds out that it was taken over from reports it.
pub(crate) async fn end_claimant(
    session: &mut Session<'_>,
    history: &HistoryTable,
    step: &Step<'_>,
) -> Result<(), Error> {
    const PATIENCE: Duration = Duration::from_secs(10);
    // A third process may have taken it over meanwhile: that one works on, and the claim of this process will be refused.
    let ClaimOnRecord { claim: Some(claim), pid, lives: false, .. } =
        ledger::claimant(session, history, step.version()).await?
    else {
        return Ok(());
    };
    let (mut backoff, mut notice, start) = (backoff(), Notice::default(), Instant::now());
    let work = format!("may still send a statement of {}", step.stem());
    loop {
        match session.transactions(&history::end_sessions(&claim), |_| {}).await {
            Err(error) if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) => return Err(error),
            _ => {}
        }
        let mut left: Option<i32> = None;
        let on_reply = |reply| {
            if let Reply::Row(row) = reply {
                left = left.or_else(|| row.try_get("left_pid").ok().flatten()?.parse().ok());
            }
        };
        session.transactions(&history::sessions(&claim, pid), on_reply).await?;
        if left.is_none() || start.elapsed() > PATIENCE {
            return Ok(());
        }
        notice.give(session, left, &work).await;
        backoff.pause().await;
    }
}
