//! A library that keeps a table of its own in the application's database: a log of who did what. It brings its migrations
//! along, and the application says when they are applied: see `examples/composed`.
//!
//! ```no_run
//! # async fn example(client: &mut migrate_runtime::tokio_postgres::Client) -> Result<(), Box<dyn std::error::Error>> {
//! let transaction = client.transaction().await?;
//! // … what is to be logged, in the same transaction …
//! audit_log::record(&transaction, "ada", "placed an order").await?;
//! transaction.commit().await?;
//! # Ok(()) }
//! ```
//!
//! What makes it a good guest:
//!
//! - Its tables are in a schema of its own, and its scripts name them with it. No `search_path` of the application's can
//!   send them elsewhere.
//! - So is its history: `history-table` in `migrations/migrate.toml`. The versions of two sets have nothing to do with each
//!   other.
//! - It is sealed (`migrate.lock`): what was released does not change, because it was applied at others'.
//! - It does not migrate by itself. The application knows the database, the order, and the moment.

use migrate_runtime::tokio_postgres::{Error, Transaction};
use migrate_runtime::{MigrationSet, NamedSet, Runner, embed_migrations};

/// The migrations of this library, for who wants them by themselves.
pub static MIGRATIONS: MigrationSet = embed_migrations!();

/// What the sets of an application call this one: `NamedSet::new("shop", …).after(audit_log::NAME)`.
pub const NAME: &str = "audit_log";

/// The set, for [`migrate_runtime::Sets`].
pub fn migrations() -> NamedSet<'static> {
    NamedSet::new(NAME, Runner::new(&MIGRATIONS))
}

/// Writes an entry, which is there if and when the transaction is committed, and returns its id. Tables of the application
/// may refer to it: `REFERENCES audit_log.entries (id)`.
///
/// # Errors
///
/// The server's. The transaction can then only be rolled back.
pub async fn record(transaction: &Transaction<'_>, actor: &str, action: &str) -> Result<i64, Error> {
    let insert = "INSERT INTO audit_log.entries (actor, action) VALUES ($1, $2) RETURNING id";
    Ok(transaction.query_one(insert, &[&actor, &action]).await?.get(0))
}
