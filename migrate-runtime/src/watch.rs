//! Looking on while a migration runs, who may be in its way and how far it is: on a connection of its own, since the migration's is busy.
//! Made only when a message takes long, and never in the way of it.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::error::SqlState;

use crate::activity::Activity;
use crate::blocker::Blocker;
use crate::connect::{self, Connected};
use crate::error::cause;
use crate::history::HistoryTable;
use crate::hooks::Hooks;
use crate::session::Session;

/// Finds out who is in the way of a migration.
pub(crate) struct Watch {
    /// Where to look from. `None`: there is nowhere.
    url: Option<String>,
    /// Where a permit for the second connection is, if it needs one.
    room: Option<Arc<Semaphore>>,
    /// Only ever reached through `&mut`. A future that drives a connection is not `Sync`, and a service sends the future
    /// of a run, which holds this one, from thread to thread.
    connected: Mutex<Option<(Connected, Option<OwnedSemaphorePermit>)>>,
    /// How long a message may take before somebody looks, and how often then.
    interval: Duration,
    /// What was seen last during the message under way.
    sight: Sight,
    /// The server has the views that report on statements, as far as is known.
    reports_progress: bool,
}

/// Whose work is looked at, and who wants to hear of it.
#[derive(Clone, Copy)]
pub(crate) struct Watched<'w> {
    pub(crate) history: &'w HistoryTable,
    pub(crate) stem: &'w str,
    pub(crate) hooks: Option<&'w dyn Hooks>,
}

/// What is known of who is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// There is nowhere to look from.
    Blind,
    /// The message was over before anybody looked.
    Late,
    /// The second connection came to nothing, and why.
    Obscured(String),
    /// Who was there when last looked.
    Seen(Vec<Blocker>),
}

/// Often enough within a lock timeout of any length that a blocker is seen before the timeout strikes.
const LOOKS_PER_TIMEOUT: u32 = 4;
const SHORTEST_INTERVAL: Duration = Duration::from_millis(5);
const LONGEST_INTERVAL: Duration = Duration::from_secs(1);

impl Watch {
    pub(crate) fn new(
        url: Option<String>,
        room: Option<Arc<Semaphore>>,
        lock_timeout: Option<Duration>,
    ) -> Self {
        // Less than a millisecond is no timeout.
        let lock_timeout = lock_timeout.filter(|timeout| timeout.as_millis() > 0);
        let interval = lock_timeout.map_or(LONGEST_INTERVAL, |timeout| timeout / LOOKS_PER_TIMEOUT);
        Self {
            url,
            room,
            connected: Mutex::new(None),
            interval: interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
            sight: Sight::Blind,
            reports_progress: true,
        }
    }

    /// What was seen during the last message.
    pub(crate) fn sight(&self) -> Sight {
        self.sight.clone()
    }

    /// Looks on while the work is done.
    pub(crate) async fn during<T>(&mut self, watched: Watched<'_>, work: impl Future<Output = T>) -> T {
        let Some(url) = self.url.clone() else {
            return work.await;
        };
        self.sight = Sight::Late;
        let mut work = pin!(work);
        match select(&mut work, pin!(self.look_on(&url, watched))).await {
            Either::Left((done, _)) => done,
            Either::Right(((), _)) => work.await,
        }
    }

    /// Ends only when there is nothing to look from.
    async fn look_on(&mut self, url: &str, watched: Watched<'_>) {
        let reason = self.look_again_and_again(url, watched).await;
        tracing::debug!(reason, "nobody finds out who holds a lock");
        self.sight = Sight::Obscured(reason);
    }

    /// Ends with the reason why it cannot go on.
    async fn look_again_and_again(&mut self, url: &str, watched: Watched<'_>) -> String {
        let mut told = Activity::default();
        loop {
            tokio::time::sleep(self.interval).await;
            let place = self.connected.get_mut().unwrap_or_else(PoisonError::into_inner);
            let (connected, _) = match place {
                Some(connected) => connected,
                None => match look_from(url, self.room.as_ref()).await {
                    Ok(connected) => place.insert(connected),
                    Err(why) => return why,
                },
            };
            let activity = match look(connected, watched.history, &mut self.reports_progress).await {
                Ok(activity) => activity,
                Err(why) => {
                    *place = None;
                    return why;
                }
            };
            let before = match &mut self.sight {
                Sight::Seen(before) => std::mem::take(before),
                _ => Vec::new(),
            };
            let progress = activity.progress.as_ref().map(tracing::field::display);
            for blocker in &activity.blockers {
                if !before.iter().any(|before| before.pid == blocker.pid) {
                    let wanted = blocker.wanted.as_deref().unwrap_or_default();
                    tracing::warn!(pid = blocker.pid, wanted, %blocker, progress, "a migration waits for a lock");
                }
            }
            if !activity.is_like(&told) {
                tracing::debug!(stem = watched.stem, progress, "a migration takes long");
                if let Some(hooks) = watched.hooks {
                    hooks.under_way(watched.stem, &activity);
                }
                told.clone_from(&activity);
            }
            let found = activity.blockers;
            // The wait may be over between two looks; who was in the way is what is asked for at the end.
            self.sight = Sight::Seen(if found.is_empty() { before } else { found });
        }
    }
}

/// A second connection, and the permit that it needs.
async fn look_from(
    url: &str,
    room: Option<&Arc<Semaphore>>,
) -> Result<(Connected, Option<OwnedSemaphorePermit>), String> {
    // Nobody waits for a permit: what is in the way may be gone by then.
    let permit = room.map(|room| Arc::clone(room).try_acquire_owned()).transpose();
    let permit = permit.map_err(|_| "as many as there may be were open".to_owned())?;
    let connected = connect::connect(url).await.map_err(|error| error.to_string())?;
    Ok((connected, permit))
}

/// Who is in the way now and how far it is, or why that cannot be seen.
async fn look(
    connected: &mut Connected,
    history: &HistoryTable,
    reports_progress: &mut bool,
) -> Result<Activity, String> {
    let Connected { client, connection, .. } = connected;
    let ask = async {
        let session = Session::new(client);
        let (has_table, rows) = match session.query(&history.blockers(true)).await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                (false, session.query(&history.blockers(false)).await?)
            }
            result => (true, result?),
        };
        let blockers = rows.iter().filter_map(HistoryTable::parse_blocker).collect();
        if !*reports_progress {
            return Ok(Activity { blockers, progress: None });
        }
        let progress = match session.query(&history.progress(has_table)).await {
            Ok(rows) => rows.first().and_then(HistoryTable::parse_progress),
            // Not every server that speaks the protocol has these views.
            Err(error) if error.as_db_error().is_some() => {
                tracing::debug!(reason = %cause(&error), "the server does not say how far statements are");
                *reports_progress = false;
                None
            }
            Err(error) => return Err(error),
        };
        Ok(Activity { blockers, progress })
    };
    match select(pin!(ask), connection).await {
        Either::Left((Ok(activity), _)) => Ok(activity),
        Either::Left((Err(error), _)) => Err(cause(&error)),
        Either::Right(_) => Err("it was closed".to_owned()),
    }
}
