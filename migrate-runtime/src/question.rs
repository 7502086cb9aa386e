//! Questions about the history that are asked again: a lock that another session has on its tables does not keep a verb
//! waiting for longer than the lock timeout, and is reported with the session that holds it.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, SimpleQueryRow};

use crate::backoff::Backoff;
use crate::blocker::{self, Blocker};
use crate::error::{Doing, ErrorKind, cause};
use crate::history::HistoryTable;
use crate::session::Session;

/// One question, and how often it was asked.
pub(crate) struct Question<'q, 'c> {
    session: &'q Session<'c>,
    history: &'q HistoryTable,
    doing: Doing,
    asked: u32,
    backoff: Backoff,
}

/// Asks one question whose answer is rows. One round trip, where no lock is in the way.
pub(crate) async fn ask(
    session: &Session<'_>,
    history: &HistoryTable,
    doing: Doing,
    message: &str,
) -> Result<Vec<SimpleQueryRow>, ErrorKind> {
    let message = format!("{}{message}", session.limit());
    let mut question = Question::new(session, history, doing);
    loop {
        match session.query(&message).await {
            Ok(rows) => return Ok(rows),
            Err(error) => question.may_ask_again(error).await?,
        }
    }
}

impl<'q, 'c> Question<'q, 'c> {
    pub(crate) fn new(session: &'q Session<'c>, history: &'q HistoryTable, doing: Doing) -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
        Self { session, history, doing, asked: 0, backoff }
    }

    /// Waits before the question is asked again, if the error is that a lock did not come free.
    pub(crate) async fn may_ask_again(&mut self, error: Error) -> Result<(), ErrorKind> {
        let doing = self.doing.clone();
        if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
            return Err(ErrorKind::Database { doing, error });
        }
        self.asked += 1;
        let blockers = self.lockers().await;
        if self.asked >= self.session.patience.attempts {
            return Err(ErrorKind::Locked { doing, error, blockers, attempts: self.asked });
        }
        let list = blocker::list(&blockers);
        tracing::warn!(
            attempt = self.asked,
            reason = %cause(&error),
            blockers = list.as_deref().map(tracing::field::display),
            "{doing} will be tried again"
        );
        if let Some(hooks) = self.session.patience.hooks {
            let held = list.map(|list| format!("; the lock was held by {list}")).unwrap_or_default();
            hooks.before_retry(&doing.to_string(), &format!("{}{held}", cause(&error)));
        }
        self.backoff.pause().await;
        Ok(())
    }

    /// Who keeps readers away from the tables of the history now, as far as that can be seen.
    async fn lockers(&self) -> Vec<Blocker> {
        let rows = self.session.query(&self.history.lockers()).await.unwrap_or_default();
        rows.iter().filter_map(HistoryTable::parse_blocker).collect()
    }
}
