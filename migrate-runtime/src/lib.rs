//! Embed a folder of SQL migrations in a service, and bring its PostgreSQL database up to date when it starts.
//!
//! ```no_run
//! use migrate_runtime::{MigrationSet, embed_migrations};
//!
//! static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let report = MIGRATIONS.run_url(&std::env::var("DATABASE_URL")?).await?;
//! println!("{report}");
//! # Ok(()) }
//! ```
//!
//! The folder is read and checked while the service compiles: a misnamed file, a gap, a duplicate, an open quote, a
//! statement that cannot run in a transaction is a compile error with file, line and column. What compiles is a static
//! [`MigrationSet`] inside the binary.
//!
//! # Files
//!
//! `<version>_<description>.sql`, or `….up.sql` with `….down.sql`. The version is a number, `0001`, `0002`, …, without
//! gaps, or a UTC timestamp `YYYYMMDDHHMMSS`; a folder keeps to one of the two. The description is
//! `lowercase_with_underscores`. Hidden files and `README*` are left alone.
//!
//! A migration runs in a transaction. One that begins with the comment `-- migrate: no-transaction` does not: its
//! statements run one by one, which `CREATE INDEX CONCURRENTLY` and its like demand.
//!
//! `migrate.toml` in the folder may say `require-down = true`: then each migration needs a down.
//!
//! # Promises
//!
//! 1. A migration and its history row commit together or not at all.
//! 2. Any number of processes may start at once: each migration is applied once. Of a migration without a transaction,
//!    only a statement that PostgreSQL refuses in one (`VACUUM`, `CREATE INDEX CONCURRENTLY`) can run again after its
//!    process was killed.
//! 3. A migration does not wait for a lock longer than [`DEFAULT_LOCK_TIMEOUT`] while others queue up behind it; it is
//!    tried again. The statements just named are exempt, since a timeout would cut them in the middle.
//! 4. A database that is current costs one round trip, takes no lock but that of a `SELECT`, and writes nothing.
//! 5. A binary that is older than the database starts; one that the history contradicts does not.
//! 6. An [`Error`] says what was applied before it, where it happened, and what to do.
//! 7. No password is printed or logged.
//!
//! # Privileges
//!
//! The role needs `USAGE` on the schema of the history table and `SELECT` on the table to start on a current database;
//! `INSERT` and `UPDATE` to bring one forward; `CREATE` on the schema to create the table the first time, and on the
//! database where that schema is missing; and what the migrations themselves need.
//!
//! # Features
//!
//! - `tls` (on by default): TLS by rustls in [`MigrationSet::run_url`], as `sslmode` in the URL asks for.
//! - `serde`: `serde::Serialize` for [`Report`] and [`Status`].

mod adopt;
mod apply;
mod attempts;
mod backoff;
mod blocker;
mod connect;
mod contention;
mod contradiction;
mod error;
mod failure;
mod foreign;
mod function;
mod guard;
mod history;
mod hooks;
mod identifier;
mod ledger;
mod leftover;
mod message;
mod notices;
mod options;
mod plan;
mod remedy;
mod repair;
mod report;
mod revert;
mod rules;
mod runner;
mod session;
mod set;
mod settings;
mod standing;
mod status;
mod step;
mod stepwise;
mod watch;
mod workshop;

/// Embeds a folder of migrations: a const expression of the type [`MigrationSet`].
///
/// ```no_run
/// # use migrate_runtime::{MigrationSet, embed_migrations};
/// static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
/// ```
///
/// Without argument it reads `migrations` beside the `Cargo.toml` of the crate that calls it; a path is relative to
/// that folder. `$NAME` and `${NAME}` in the path stand for environment variables at compile time, for example
/// `"$OUT_DIR/migrations"`.
///
/// Each fault of the folder is a compile error that shows the file, the line, a caret and what to do; all faults are
/// told at once. An edit, a rename or a removal of a file makes cargo build the crate again. A file that is *added* does
/// not, as stable Rust has no means to watch a folder from a macro: touch the file that calls the macro, or have a
/// `build.rs` print `cargo:rerun-if-changed=migrations`.
pub use migrate_macros::embed_migrations;

/// Connects as [`MigrationSet::run_url`] does, for a service that goes on with the connection: TLS as `sslmode` asks for,
/// and the server's notices as `tracing` events.
///
/// The future drives the connection until the client is dropped; spawn it.
///
/// # Errors
///
/// No connection can be made; [`Error::is_connect`] is true.
pub async fn connect(
    url: &str,
) -> Result<(tokio_postgres::Client, impl Future<Output = ()> + Send + 'static), Error> {
    let connected = connect::connect(url).await;
    let connected =
        connected.map_err(|error| Error::new(error::ErrorKind::Connect(error), "", Report::default()))?;
    Ok((connected.client, connected.connection))
}

pub use blocker::Blocker;
pub use error::Error;
pub use function::FunctionFuture;
pub use hooks::{BoxError, Hooks};
pub use identifier::InvalidIdentifier;
#[doc(hidden)]
pub use migrate_source::Literals;
pub use migrate_source::{Checksum, Migration, Script};
pub use options::{DEFAULT_LOCK_TIMEOUT, MAX_ATTEMPTS, Runner};
pub use plan::{Action, Plan, Step};
pub use repair::{Repair, Repairs};
pub use report::{Done, Report};
pub use set::MigrationSet;
pub use status::{MigrationStatus, State, Status};
pub use tokio_postgres;
