//! A database for the command to work on, and what is seen of it from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use migrate_server::Server;

use crate::session::{Session, check};

/// A session whose `DATABASE_URL` is an empty database, and a connection to look at that from outside.
pub(crate) struct Life {
    pub(crate) session: Session,
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) server: Arc<Server>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Life {
    pub(crate) fn new(session: Session) -> Self {
        Self::on(&Arc::new(Server::start().unwrap()), session)
    }

    /// On a server that others use too.
    pub(crate) fn on(server: &Arc<Server>, mut session: Session) -> Self {
        let server = Arc::clone(server);
        let name = format!("life_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let url = server.url_of(&name);
        session.set("DATABASE_URL", &url);
        let life = Self { session, url, name, server };
        query(life.server.url(), &format!("CREATE DATABASE {}", life.name));
        life
    }

    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        query(&self.url, sql)
    }

    pub(crate) fn has_table(&self, table: &str) -> bool {
        self.sql(&format!("SELECT to_regclass('{table}') IS NOT NULL")) == ["t"]
    }

    pub(crate) fn check(mut self, name: &str) {
        let transcript = self.session.transcript().replace(&self.name, "[DATABASE]");
        check(name, &transcript);
    }
}

/// What psql would print: a line a row, fields apart by a `|`.
pub(crate) fn query(url: &str, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(url).await.unwrap();
        tokio::spawn(connection);
        let messages = client.simple_query(sql).await.unwrap();
        let mut lines = Vec::new();
        for message in messages {
            if let migrate_runtime::tokio_postgres::SimpleQueryMessage::Row(row) = message {
                let fields: Vec<&str> = (0..row.len()).map(|at| row.get(at).unwrap_or("")).collect();
                lines.push(fields.join("|"));
            }
        }
        lines
    })
}
