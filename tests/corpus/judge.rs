//! PostgreSQL's own parser: in a transaction that has failed, a `Parse` message is parsed and goes no further.

use migrate_runtime::tokio_postgres::error::{ErrorPosition, SqlState};
use migrate_runtime::tokio_postgres::{Client, NoTls};
use migrate_server::{Options, Server};

/// The server that `POSTGRES_BIN` names, and a session.
pub(crate) async fn start() -> (Server, Client) {
    let options = match std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty()) {
        Some(dir) => Options::new().bin_dir(dir),
        None => Options::new(),
    };
    let server = options.start().unwrap();
    let (client, connection) = migrate_runtime::tokio_postgres::connect(server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    (server, client)
}

/// A server, and a session with a transaction that has failed.
pub(crate) struct Judge {
    _server: Server,
    client: Client,
    /// As in `180004`.
    pub(crate) version: u32,
}

impl Judge {
    pub(crate) async fn start() -> Self {
        let (server, client) = start().await;
        let row = client.query_one("SHOW server_version_num", &[]).await.unwrap();
        let version = row.get::<_, String>(0).parse().unwrap();
        client.batch_execute("BEGIN; SELECT 1 / 0").await.unwrap_err();
        Self { _server: server, client, version }
    }

    /// `None`: it is SQL. Otherwise the character where it is not, from 1, if the server says that.
    pub(crate) async fn verdict(&self, sql: &str) -> Option<Option<usize>> {
        // What ends a transaction is taken also where it has failed.
        let Err(error) = self.client.prepare(sql).await else { return None };
        let error = error.as_db_error().unwrap_or_else(|| panic!("{error}: {sql}"));
        let is_several = error.message().contains("multiple commands");
        if error.code() == &SqlState::IN_FAILED_SQL_TRANSACTION || is_several {
            return None;
        }
        match error.position() {
            Some(ErrorPosition::Original(position)) => Some(Some(*position as usize)),
            _ => Some(None),
        }
    }

    /// Whether a text of several statements is not SQL: all of it is parsed before any of it could run.
    pub(crate) async fn refuses(&self, text: &str) -> bool {
        let error = self.client.batch_execute(text).await.expect_err("a transaction that has failed");
        error.code() == Some(&SqlState::SYNTAX_ERROR)
    }
}
