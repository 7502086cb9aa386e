//! The conversation with the server: simple queries only, so that a pooler has no prepared statement to lose, and no
//! state that outlives a message. It knows no migration.

use futures_util::{FutureExt as _, TryStreamExt as _};
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

/// The caller's client while a verb of the runtime uses it.
pub(crate) struct Session<'c> {
    client: &'c Client,
    /// A message with a transaction in it is under way.
    in_transaction: bool,
}

/// What the server answers to a message, in order.
pub(crate) enum Reply {
    Row(SimpleQueryRow),
    /// A statement of the message is done.
    Completed,
}

impl<'c> Session<'c> {
    /// The exclusive borrow ends with the session: nobody else talks on this connection in between.
    pub(crate) fn new(client: &'c mut Client) -> Self {
        Self { client, in_transaction: false }
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
        mut on_reply: impl FnMut(Reply),
    ) -> Result<(), Error> {
        self.in_transaction = true;
        let mut begun = false;
        let result = self
            .send(message, |reply| {
                begun = true;
                on_reply(reply);
            })
            .await;
        // A message that was refused as a whole has begun nothing, and a connection that is lost has nothing left.
        if begun && result.as_ref().is_err_and(|error| error.as_db_error().is_some_and(goes_on)) {
            self.client.batch_execute("ROLLBACK").await?;
        }
        self.in_transaction = false;
        result
    }

    async fn send(&self, message: &str, mut on_reply: impl FnMut(Reply)) -> Result<(), Error> {
        let replies = self.client.simple_query_raw(message).await?;
        let mut replies = std::pin::pin!(replies);
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
    /// so the connection is told to end a transaction that may be left open. The first poll is what sends.
    fn drop(&mut self) {
        if self.in_transaction {
            let _ = self.client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}
