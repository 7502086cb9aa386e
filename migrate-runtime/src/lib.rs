//! Embed a folder of SQL migrations in a service, and bring its PostgreSQL database up to date when it starts.
//!
#![doc = include_str!("guide.md")]

mod activity;
mod adopt;
mod adoption;
mod apply;
mod attempts;
mod audit;
mod backoff;
mod blocker;
mod capabilities;
mod carried;
mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
mod connect;
mod contention;
mod contradiction;
#[cfg(any(feature = "cli", feature = "testing"))]
mod dotenv;
mod error;
mod failure;
#[cfg(feature = "fleet")]
pub mod fleet;
mod foreign;
mod function;
mod guard;
#[cfg(test)]
mod histories;
mod history;
mod hooks;
mod identifier;
mod in_schema;
mod ledger;
#[cfg(feature = "cli")]
mod loss;
mod message;
mod notices;
mod options;
mod other_history;
#[cfg(any(feature = "cli", feature = "fleet"))]
mod pattern;
mod plan;
mod presence;
mod preview;
mod question;
mod recovery;
mod rehearse;
mod remedy;
mod repair;
mod report;
mod revert;
mod rules;
mod runner;
mod session;
mod set;
mod sets;
mod settings;
mod stale;
mod standing;
mod statement;
mod status;
mod step;
mod stepwise;
#[cfg(feature = "testing")]
pub mod testing;
mod turns;
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
/// told at once.
///
/// Where the folder has a lock file, `migrate.lock`, those of its migrations that are sealed do not change any more. The
/// others are drafts, and a release build, that is one without `debug_assertions`, does not compile with them, unless it
/// says that it may: `embed_migrations!("migrations", allow_drafts)`, or `embed_migrations!(allow_drafts)`.
///
/// An edit, a rename or a removal of a file makes cargo build the crate again, and so does a change of `migrate.toml` or
/// `migrate.lock`. A file that is *added* alone does not, as stable Rust has no means to watch a folder from a macro. A
/// build script has: with `migrate-source` among the `[build-dependencies]`, which is compiled for the macro already, the
/// `main` of `build.rs` is one line.
///
/// ```no_run
/// migrate_source::build::watch("migrations");
/// ```
///
/// # The path of the runtime
///
/// The expansion uses this crate by the name that the calling crate has for it, also where Cargo.toml renames it. A crate that
/// reaches it only through another one names the path: `embed_migrations!(crate = platform::migrate_runtime)`, or the same as
/// a string. The arguments stand in any order.
///
/// # Debug builds
///
/// A crate that is compiled with debug assertions has the path of the folder in its binary, and [`Runner::run`] warns of
/// what is in the folder and not in the binary. It is the profile of the crate that calls the macro which decides.
pub use migrate_macros::embed_migrations;

/// A test with a database of its own, which has the migrations applied: see [`testing`].
///
/// ```no_run
/// # use migrate_runtime::testing::TestDb;
/// # use migrate_runtime::{MigrationSet, embed_migrations};
/// # mod doc { pub(super) use migrate_runtime::MigrationSet; }
/// static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
///
/// #[migrate_runtime::test(MIGRATIONS)]
/// async fn has_users(db: TestDb) {
///     let client = db.connect().await.expect("a connection");
///     assert!(client.batch_execute("SELECT FROM users").await.is_ok());
/// }
///
/// #[migrate_runtime::test(MIGRATIONS, flavor = "multi_thread", worker_threads = 2)]
/// async fn takes_a_client(client: tokio_postgres::Client) -> Result<(), tokio_postgres::Error> {
///     client.batch_execute("SELECT FROM users").await
/// }
/// # fn main() {}
/// ```
///
/// A crate that reaches the runtime only through another one names the path:
/// `#[platform::migrate_runtime::test(MIGRATIONS, crate = platform::migrate_runtime)]`.
#[cfg(feature = "testing")]
pub use migrate_macros::test;

/// Connects as [`MigrationSet::run_url`] does, for a service that goes on with the connection: TLS as `sslmode` asks for,
/// and the server's notices as `tracing` events.
///
/// The future drives the connection until the client is dropped; spawn it.
///
/// The string is one of libpq's, `postgres://user:password@host:port/name?sslmode=…` or `keyword=value` words, and follows its
/// rule for what it does not say: the service file that `service=` or `PGSERVICE` names, then the environment (`PGSSLMODE`,
/// `PGPASSWORD`, `PGOPTIONS`, `PGAPPNAME`, `PGCONNECT_TIMEOUT`, `PGSSLROOTCERT`, …), then, for a password, `.pgpass`. So
/// `PGSSLMODE=require` protects this connection too. What the string says is never overruled. A service that wants nothing from
/// around it writes all of it, `sslmode` included. `PGTZ`, `PGDATESTYLE` and `PGGEQO` are not read. A parameter that is not
/// supported and would make the connection safer is an error, wherever it comes from.
///
/// # Errors
///
/// No connection can be made; [`Error::is_connect`] is true.
pub async fn connect(
    url: &str,
) -> Result<(tokio_postgres::Client, impl Future<Output = ()> + Send + 'static), Error> {
    driven(connect::connect(url).await)
}

/// The same with nothing from around the string, for a server that was started for this and that no variable is about.
#[doc(hidden)]
pub async fn connect_exactly(
    url: &str,
) -> Result<(tokio_postgres::Client, impl Future<Output = ()> + Send + 'static), Error> {
    driven(connect::connect_exactly(url).await)
}

fn driven(
    connected: Result<connect::Connected, connect::ConnectError>,
) -> Result<(tokio_postgres::Client, impl Future<Output = ()> + Send + 'static), Error> {
    let connected =
        connected.map_err(|error| Error::new(error::ErrorKind::Connect(error), "", Report::default()))?;
    Ok((connected.client, connected.connection))
}

pub use activity::{Activity, StatementProgress};
pub use adoption::{Adopted, Adoption};
pub use audit::LogEntry;
pub use blocker::Blocker;
pub use capabilities::Capabilities;
pub use error::Error;
pub use function::FunctionFuture;
pub use hooks::{BoxError, Hooks};
pub use identifier::InvalidIdentifier;
#[doc(hidden)]
pub use migrate_source::Literals;
pub use migrate_source::{Checksum, Code, Migration, MigrationName, Script};
pub use options::{DEFAULT_LOCK_TIMEOUT, DEFAULT_MAX_ATTEMPTS, Runner};
pub use plan::{Action, Plan, Step};
pub use preview::{Execution, Preview, PreviewMessage, PreviewStatement, PreviewStep};
pub use rehearse::{Rehearsal, Unrehearsed};
pub use repair::{Repair, Repairs};
pub use report::{Done, Report};
pub use set::MigrationSet;
pub use sets::{InvalidSets, NamedSet, Sets, SetsError, SetsReport};
pub use status::{MigrationStatus, State, Status};
pub use tokio_postgres;
