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
//! statements run one by one, which `CREATE INDEX CONCURRENTLY` and its like demand. What a `SET` in it sets holds for the
//! statements after it; `SET LOCAL`, `LOCK` and `SAVEPOINT` hold for themselves alone.
//!
//! `R_<description>.sql` is repeatable: views, functions, grants. It runs after the versioned ones, in a transaction, each
//! time its checksum has changed, so it must be a script that can run again. It does not run where the database is ahead
//! of the binary: an older binary would put its older view in the place of a newer one. Two binaries with the same
//! versions are not told apart like that; give a change of a view a version if old and new start in turns.
//!
//! A file whose head says `-- migrate: function`, and which has no SQL, announces a migration in Rust: see
//! [`Runner::function`]. It has its place in the order like any other.
//!
//! A set may begin with a checkpoint: a migration whose head says `-- migrate: checkpoint <digest>`, once for each history
//! that it stands for. `migrate squash` writes it in the place of the migrations up to its version, which it moves to an
//! archive. A new database begins with it; one that has those migrations, told by their digest, has it already; one that
//! has only a part of them gets the rest from the archive first. It has no down: what it stands for is reverted from the
//! archive.
//!
//! `migrate.toml` in the folder may say `require-down = true`: then each migration needs a down. It may also say where the
//! history is, how long a lock is waited for, and, for servers that are not quite PostgreSQL, `lock = "row"` and
//! `transaction = "statement"`: see [`Runner::row_lock`] and [`Runner::statement_by_statement`].
//!
//! # History
//!
//! A table, `public.schema_migrations` by default, has a row for each migration that the database has, with two checksums
//! of its file: of the text, and of its tokens, which comments and white space do not change. Beside it
//! `schema_migrations_log` gets a row for whatever was applied, reverted, recorded by [`Runner::baseline`] or
//! [`Runner::skip`] or changed by [`Runner::repair`], and for what failed: when, by whom, by which package, how long.
//! Nothing is ever removed from it.
//!
//! | The history and the set | By default | Otherwise |
//! |---|---|---|
//! | a row is newer than every file | it starts | [`Runner::deny_ahead`] |
//! | a file was edited in comments or white space only | a warning | |
//! | a file was edited or renamed after it was applied | an error | [`Runner::allow_changed`], [`Runner::repair`] |
//! | a row below others has no file | an error | [`Runner::allow_missing`] |
//! | a file below applied ones is not applied | an error | [`Runner::allow_out_of_order`], [`Runner::skip`] |
//! | a part of what a checkpoint stands for is applied | an error | the archive |
//! | what is applied is not what a checkpoint stands for | an error | [`Runner::allow_changed`] |
//!
//! # Promises
//!
//! 1. A migration and its history row commit together or not at all. After any crash, cut or kill, running again finishes
//!    the job. Only a statement that PostgreSQL refuses in a transaction (`VACUUM`, `CREATE INDEX CONCURRENTLY`) can run
//!    again after its process was killed. Of these, an index that is built or dropped by name is looked after; another
//!    that cannot run twice (`CREATE DATABASE`, `DETACH PARTITION CONCURRENTLY`) fails then, and says what to do.
//! 2. Any number of processes may start at once, also behind a pooler in transaction mode: each migration is applied once,
//!    and nobody waits for one that is dead. A claim on a migration without a transaction is taken over when its backend
//!    is gone, or does something else for ten seconds.
//! 3. A migration does not wait for a lock longer than [`DEFAULT_LOCK_TIMEOUT`] while others queue up behind it; it is
//!    tried again, and the error names who was in the way. The statements just named are exempt, since a timeout would cut
//!    them in the middle.
//! 4. A database that is current costs one round trip, takes no lock but that of a `SELECT`, and writes nothing.
//! 5. A binary that is older than the database starts; one that the history contradicts does not.
//! 6. An [`Error`] says what was applied before it, where it happened, and what to do.
//! 7. No password of a connection is printed or logged. What stands in a script, or in the query of another session that
//!    holds a lock, may be shown.
//!
//! # Behind a pooler
//!
//! Simple queries only, a transaction a message, no session state: PgBouncer will do in every mode but `statement`. In
//! transaction mode one thing cannot work, and is refused: a statement that goes alone (`CREATE INDEX CONCURRENTLY`) after
//! a `SET` that it relies on, since they may meet different sessions.
//!
//! # Several sets in one database
//!
//! A library may bring migrations of its own, with a history of its own: [`Sets`] applies them and those of the application
//! in a declared order.
//!
//! # Privileges
//!
//! What the role needs, besides what the migrations themselves need:
//!
//! | To | on the schema of the history | on the history table | on its log |
//! |---|---|---|---|
//! | start on a current database; plan, preview, status | `USAGE` | `SELECT` | |
//! | read the log | `USAGE` | | `SELECT` |
//! | bring one forward, rehearse that, baseline, skip | `USAGE` | `SELECT`, `INSERT`, `UPDATE` | `INSERT` |
//! | revert, repair | `USAGE` | `SELECT`, `INSERT`, `UPDATE`, `DELETE` | `INSERT` |
//! | create the two tables, the first time | `USAGE`, `CREATE` | | |
//!
//! Keeping other processes away takes `EXECUTE` on `pg_try_advisory_xact_lock(bigint)`, which everybody has unless somebody
//! has taken it away; or, with `lock = "row"` in `migrate.toml`, `SELECT` and `UPDATE` on the table with the ending `_lock`.
//!
//! Where that schema is missing, it is created, which takes `CREATE` on the database. Who owns the tables needs no
//! grant. One role can migrate when a service is deployed, and the service start as another that only reads: it fails
//! where something is pending.
//!
//! Whoever works on a migration without a transaction is seen in `pg_stat_activity`, and so is who holds a lock. Of
//! other roles' sessions a role sees no more than that they are there, unless it is a member of `pg_read_all_stats`:
//! their claims are then waited for until their connection ends.
//!
//! # Features
//!
//! - `tls` (on by default): TLS by rustls in [`MigrationSet::run_url`] and [`connect`], as `sslmode` in the URL asks for.
//! - `serde`: `serde::Serialize` for [`Report`], [`Status`] and [`LogEntry`].
//! - `fleet`: the module `fleet`, one set on hundreds or thousands of tenant databases and schemas.
//! - `cli`: the module `cli`, the verbs as a subcommand that a service nests. It brings clap.
//! - `testing`: the module `testing` and `#[migrate_runtime::test]`, a database of its own for each test. For
//!   `[dev-dependencies]`.

mod adopt;
mod apply;
mod attempts;
mod audit;
mod backoff;
mod blocker;
mod capabilities;
#[cfg(feature = "cli")]
pub mod cli;
mod connect;
mod contention;
mod contradiction;
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
mod leftover;
mod message;
mod notices;
mod options;
#[cfg(any(feature = "cli", feature = "fleet"))]
mod pattern;
mod plan;
mod preview;
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
#[cfg(feature = "testing")]
pub use migrate_macros::test;

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

pub use audit::LogEntry;
pub use blocker::Blocker;
pub use capabilities::Capabilities;
pub use error::Error;
pub use function::FunctionFuture;
pub use hooks::{BoxError, Hooks};
pub use identifier::InvalidIdentifier;
#[doc(hidden)]
pub use migrate_source::Literals;
pub use migrate_source::{Checksum, Code, Migration, Script};
pub use options::{DEFAULT_LOCK_TIMEOUT, DEFAULT_MAX_ATTEMPTS, Runner};
pub use plan::{Action, Plan, Step};
pub use preview::{Preview, PreviewMessage, PreviewStep};
pub use rehearse::{Rehearsal, Unrehearsed};
pub use repair::{Repair, Repairs};
pub use report::{Done, Report};
pub use set::MigrationSet;
pub use sets::{InvalidSets, NamedSet, Sets, SetsError, SetsReport};
pub use status::{MigrationStatus, State, Status};
pub use tokio_postgres;
