//! The conversation with the server: simple queries only, so that a pooler has no prepared statement to lose, and no
//! state that outlives a message. It knows no migration.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use futures_util::{FutureExt as _, TryStreamExt as _};
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow, Transaction};

use crate::hooks::Hooks;
use crate::message;

/// How a question is asked that may wait for a lock.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'c> {
    /// How long it waits; `None`: as long as the session's own setting lets it.
    pub(crate) lock_timeout: Option<Duration>,
    /// How often it is asked.
    pub(crate) attempts: u32,
    /// Who hears that it is asked again.
    pub(crate) hooks: Option<&'c dyn Hooks>,
}

/// The caller's client while a verb of the runtime uses it.
pub(crate) struct Session<'c> {
    client: &'c mut Client,
    pub(crate) patience: Patience<'c>,
    /// A message is under way that wants this one after it if nobody waits for its end.
    if_dropped: Option<String>,
}

/// What the server answers to a message, in order.
pub(crate) enum Reply {
    Row(SimpleQueryRow),
    /// A statement of the message is done.
    Completed,
}

/// Outside a transaction block, a message begins a transaction of its own.
pub(crate) const IN_TRANSACTION: &str =
    "pg_catalog.transaction_timestamp() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()";

impl<'c> Session<'c> {
    /// The exclusive borrow ends with the session: nobody else talks on this connection in between.
    pub(crate) fn new(client: &'c mut Client) -> Self {
        Self::with_patience(client, Patience { lock_timeout: None, attempts: 1, hooks: None })
    }

    pub(crate) fn with_patience(client: &'c mut Client, patience: Patience<'c>) -> Self {
        Self { client, patience, if_dropped: None }
    }

    /// What goes before a question in its message, so that it waits for a lock no longer than this. A message of several
    /// statements is one transaction, with which the setting ends; in the caller's own, nothing is set. It has no row.
    pub(crate) fn limit(&self) -> String {
        let Some(timeout) = self.patience.lock_timeout else {
            return String::new();
        };
        format!(
            "SELECT NULL WHERE CASE WHEN {IN_TRANSACTION} THEN false \
             ELSE pg_catalog.set_config('lock_timeout', '{}', true) IS NULL END; ",
            message::milliseconds(timeout),
        )
    }

    /// Sends a message without transaction control and passes over its rows.
    pub(crate) async fn execute(&self, message: &str) -> Result<(), Error> {
        self.send(message, |_| {}).await
    }

    /// The same, and collects the rows.
    pub(crate) async fn query(&self, message: &str) -> Result<Vec<SimpleQueryRow>, Error> {
        let (rows, result) = self.query_as_far(message).await;
        result.map(|()| rows)
    }

    /// The same, with the rows that came before an error.
    pub(crate) async fn query_as_far(&self, message: &str) -> (Vec<SimpleQueryRow>, Result<(), Error>) {
        let mut rows = Vec::new();
        let result = self.send(message, |reply| {
            if let Reply::Row(row) = reply {
                rows.push(row);
            }
        });
        let result = result.await;
        (rows, result)
    }

    /// Sends a message of one or more `BEGIN; …; COMMIT;`. After an error no transaction is left open.
    pub(crate) async fn transactions(
        &mut self,
        message: &str,
        on_reply: impl FnMut(Reply),
    ) -> Result<(), Error> {
        self.in_transactions(message, false, on_reply).await
    }

    /// The same, where a transaction may be open already (`begun`) and may be left open by the message.
    pub(crate) async fn in_transactions(
        &mut self,
        message: &str,
        mut begun: bool,
        mut on_reply: impl FnMut(Reply),
    ) -> Result<(), Error> {
        self.if_dropped.get_or_insert_default().insert_str(0, "ROLLBACK; ");
        let result = self
            .send(message, |reply| {
                begun = true;
                on_reply(reply);
            })
            .await;
        // A message that was refused as a whole has begun nothing, and a connection that is lost has nothing left.
        if begun
            && result.as_ref().is_err_and(|error| error.as_db_error().is_some_and(goes_on))
            && let Err(error) = self.client.batch_execute("ROLLBACK").await
        {
            tracing::debug!(%error, "no ROLLBACK: the connection is lost");
        }
        self.if_dropped = None;
        result
    }

    /// A transaction for the caller's own code, as `preview` shows it. It is rolled back when it is dropped.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        self.client
            .build_transaction()
            .isolation_level(tokio_postgres::IsolationLevel::ReadCommitted)
            .start()
            .await
    }

    /// Waits for something else. A server that ends sessions which are silent for so long hears from this one meanwhile: to
    /// lift that limit would take a `SET`, which a pooler may keep for the next one.
    pub(crate) async fn kept_alive(&self, idle_limit: Option<Duration>, other: impl Future<Output = ()>) {
        let Some(limit) = idle_limit else {
            return other.await;
        };
        let speak = async {
            loop {
                tokio::time::sleep(limit / 3).await;
                if self.execute("").await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        select(pin!(other), pin!(speak)).await;
    }

    /// What is to be sent if the future of a verb is dropped during the next message.
    pub(crate) fn if_dropped(&mut self, message: String) {
        self.if_dropped = Some(message);
    }

    pub(crate) fn is_finished(&mut self) {
        self.if_dropped = None;
    }

    async fn send(&self, message: &str, mut on_reply: impl FnMut(Reply)) -> Result<(), Error> {
        let replies = self.client.simple_query_raw(message).await?;
        let mut replies = pin!(replies);
        while let Some(reply) = replies.try_next().await? {
            match reply {
                SimpleQueryMessage::Row(row) => on_reply(Reply::Row(row)),
                SimpleQueryMessage::CommandComplete(_) => on_reply(Reply::Completed),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether the session survives an error: after `FATAL` and `PANIC` the server closes the connection.
pub(crate) fn goes_on(error: &DbError) -> bool {
    error.parsed_severity() == Some(tokio_postgres::error::Severity::Error)
}

impl Drop for Session<'_> {
    /// The future of a verb was dropped in mid-air, for example by a timeout: what the server still has to say is lost,
    /// so the connection is told to end a transaction that may be left open, and to give back what was claimed. The
    /// first poll is what sends.
    fn drop(&mut self) {
        if let Some(message) = self.if_dropped.take() {
            let _ = self.client.batch_execute(&message).now_or_never();
        }
    }
}
