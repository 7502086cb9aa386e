//! Looking on while a migration may be waiting for a lock: on a connection of its own, since the migration's is busy.
//! Made only when a message takes long, and never in the way of it.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::blocker::Blocker;
use crate::connect::{self, Connected};
use crate::history::HistoryTable;
use crate::session::Session;

/// Finds out who is in the way of a migration.
pub(crate) struct Watch {
    /// Where to look from. `None`: there is nowhere.
    url: Option<String>,
    connected: Option<Connected>,
    /// How long a message may take before somebody looks, and how often then.
    interval: Duration,
    /// What was seen last during the message under way.
    seen: Vec<Blocker>,
}

/// Often enough within a lock timeout of any length that a blocker is seen before the timeout strikes.
const LOOKS_PER_TIMEOUT: u32 = 4;
const LONGEST_INTERVAL: Duration = Duration::from_secs(1);

impl Watch {
    pub(crate) fn new(url: Option<String>, lock_timeout: Option<Duration>) -> Self {
        let interval = lock_timeout.map_or(LONGEST_INTERVAL, |timeout| timeout / LOOKS_PER_TIMEOUT);
        Self { url, connected: None, interval: interval.min(LONGEST_INTERVAL), seen: Vec::new() }
    }

    /// Who was in the way when last looked. `None`: nobody could look.
    pub(crate) fn take_seen(&mut self) -> Option<Vec<Blocker>> {
        self.connected.is_some().then(|| std::mem::take(&mut self.seen))
    }

    /// Looks on while the work is done.
    pub(crate) async fn during<T>(&mut self, history: &HistoryTable, work: impl Future<Output = T>) -> T {
        self.seen.clear();
        let mut work = pin!(work);
        if self.url.is_none() {
            return work.await;
        }
        match select(&mut work, pin!(self.look_on(history))).await {
            Either::Left((done, _)) => done,
            Either::Right(((), _)) => work.await,
        }
    }

    /// Ends only when there is nothing to look from.
    async fn look_on(&mut self, history: &HistoryTable) {
        loop {
            tokio::time::sleep(self.interval).await;
            let connected = match &mut self.connected {
                Some(connected) => connected,
                none => match connect::connect(self.url.as_deref().unwrap_or_default()).await {
                    Ok(connected) => none.insert(connected),
                    Err(error) => {
                        tracing::debug!(%error, "no second connection to find out who holds a lock");
                        return;
                    }
                },
            };
            let Some(found) = look(connected, history).await else {
                self.connected = None;
                return;
            };
            for blocker in &found {
                if !self.seen.iter().any(|before| before.pid == blocker.pid) {
                    let wanted = blocker.wanted.as_deref().unwrap_or_default();
                    tracing::warn!(pid = blocker.pid, wanted, %blocker, "a migration waits for a lock");
                }
            }
            // The wait may be over between two looks; who was in the way is what is asked for at the end.
            if !found.is_empty() {
                self.seen = found;
            }
        }
    }
}

/// Who is in the way now. `None`: the connection is lost, or does not see the history.
async fn look(connected: &mut Connected, history: &HistoryTable) -> Option<Vec<Blocker>> {
    let Connected { client, connection, .. } = connected;
    let ask = async { Session::new(client).query(&history.blockers()).await };
    match select(pin!(ask), connection).await {
        Either::Left((Ok(rows), _)) => Some(rows.iter().filter_map(HistoryTable::parse_blocker).collect()),
        Either::Left((Err(_), _)) | Either::Right(_) => None,
    }
}
