//! A database of a cell's own on a private server, and what can be seen of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use benchmarks::tools::{Result, connect};
use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};

use crate::peer::Peer;

/// It is there for as long as its cell takes.
pub(crate) struct Db {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) peer: Peer,
    client: Client,
}

/// What is waited for before a scenario goes on must happen within this time.
const PATIENCE: Duration = Duration::from_secs(60);

impl Db {
    pub(crate) async fn open(name: String, url: String, peer: Peer) -> Result<Self> {
        let client = connect(&url).await?;
        Ok(Self { name, url, peer, client })
    }

    /// Another session.
    pub(crate) async fn session(&self) -> Result<Client> {
        connect(&self.url).await
    }

    /// The first column of the answer, one value a row.
    pub(crate) async fn values(&self, sql: &str) -> Result<Vec<String>> {
        let messages = self.client.simple_query(sql).await?;
        let values = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        });
        Ok(values.collect())
    }

    /// The tables that the migrations have made.
    pub(crate) async fn tables(&self) -> Result<BTreeSet<String>> {
        let sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
        let tables = self.values(sql).await?.into_iter();
        Ok(tables.filter(|table| !table.contains("migration") && !table.starts_with("refinery_")).collect())
    }

    /// Whether the migrations have made this table.
    pub(crate) async fn has(&self, table: &str) -> Result<bool> {
        Ok(self.tables().await?.contains(table))
    }

    /// The rows of the history, without those that the tool has for itself.
    pub(crate) async fn history(&self) -> Result<Vec<String>> {
        let table = self.peer.history();
        let exists = format!("SELECT to_regclass('{table}') IS NOT NULL");
        if self.values(&exists).await? != ["t"] {
            return Ok(Vec::new());
        }
        let rows = self.values(&format!("SELECT h::text FROM {table} h ORDER BY 1")).await?;
        // diesel has a migration of its own, which makes the history.
        Ok(rows.into_iter().filter(|row| !row.starts_with("(00000000000000,")).collect())
    }

    /// The indexes that the migrations build, each with whether it can be used.
    pub(crate) async fn indexes(&self) -> Result<Vec<String>> {
        self.values(
            "SELECT c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END FROM pg_index i \
             JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE 'users\\_%\\_idx' ORDER BY 1",
        )
        .await
    }

    /// All of it, for who reads the details.
    pub(crate) async fn state(&self) -> Result<String> {
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        Ok(format!(
            "tables: {}; indexes: {}; history rows: {}",
            list(self.tables().await?.into_iter().collect()),
            list(self.indexes().await?),
            self.history().await?.len(),
        ))
    }

    /// Waits until a question is answered with yes, and says whether it was.
    pub(crate) async fn until(&self, sql: &str) -> Result<bool> {
        self.until_or(sql, || Ok(false)).await
    }

    /// Waits until a question is answered with yes; `gone` says that it never will be.
    pub(crate) async fn until_or(&self, sql: &str, mut gone: impl FnMut() -> Result<bool>) -> Result<bool> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if self.values(sql).await? == ["t"] {
                return Ok(true);
            }
            if gone()? {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(false)
    }
}
