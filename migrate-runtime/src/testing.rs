//! A database of its own for each test, with the migrations applied, in the time that PostgreSQL takes to copy one.
//!
//! ```no_run
//! use migrate_runtime::testing::TestDb;
//! use migrate_runtime::{MigrationSet, embed_migrations};
//!
//! # mod doc { pub(super) use migrate_runtime::MigrationSet; }
//! static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
//!
//! #[migrate_runtime::test(MIGRATIONS)]
//! async fn an_email_is_there_once(db: TestDb) -> Result<(), Box<dyn std::error::Error>> {
//!     let client = db.connect().await?;
//!     let insert = "INSERT INTO users (email, display_name) VALUES ('ada@example.org', 'Ada')";
//!     client.batch_execute(insert).await?;
//!     assert!(client.batch_execute(insert).await.is_err());
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! The attribute is that of a test, and stands in the place of `#[tokio::test]`. The test takes a [`TestDb`], whose
//! [`url`](TestDb::url) is for whatever driver the service has, or a `tokio_postgres::Client`; with the feature
//! `testing-sqlx` also a `sqlx::PgPool` or `sqlx::postgres::PgConnectOptions`. It may return what any test may. It runs on a runtime of its own with one thread; `#[migrate_runtime::test(MIGRATIONS, flavor = "multi_thread")]`,
//! with `worker_threads = 4` behind it where wanted, is for those that need more. Without the attribute, [`TestDb::new`]
//! gives the same database to a test of any kind.
//!
//! # Which server
//!
//! That of `DATABASE_URL`, whose role needs `CREATEDB`; what is in the database that it names is left alone. The variable may
//! be set in a file `.env`, of which the nearest counts, from the package's folder upwards to the root of the repository.
//! Where there is no `DATABASE_URL`, the one that [`Blueprint::server`] names. `migrate-server`, as a dev-dependency, starts one for
//! all the processes of a `cargo test` or `cargo nextest run`, which ends with them:
//!
//! ```no_run
//! # use std::sync::LazyLock;
//! use migrate_runtime::testing::{Blueprint, TestDb};
//! use migrate_runtime::{BoxError, MigrationSet, Runner, embed_migrations};
//! use migrate_server::Server;
//!
//! # mod doc { pub(super) use migrate_runtime::MigrationSet; }
//! static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
//! static SERVER: LazyLock<Server> = LazyLock::new(|| Server::of_run().expect("a PostgreSQL server"));
//!
//! struct Service;
//!
//! impl Blueprint for Service {
//!     fn runner(&self) -> Result<Runner<'_>, BoxError> {
//!         Ok(Runner::new(&MIGRATIONS))
//!     }
//!
//!     fn server(&self) -> Option<String> {
//!         Some(SERVER.url().to_owned())
//!     }
//! }
//!
//! #[migrate_runtime::test(Service)]
//! async fn is_new(db: TestDb) {
//!     assert!(db.connect().await.is_ok());
//! }
//! # fn main() {}
//! ```
//!
//! [`Blueprint::runner`] is also where functions, a schema or another history table are told.
//!
//! To copy a database is to make its files. A server that does not wait for its disk (`fsync = off`), or has its data in
//! memory, as `migrate-server` has with `TMPDIR=/dev/shm`, is soonest done.
//!
//! # What happens
//!
//! The first test that needs it makes a template: a database with the migrations, called by a digest of them. Every other
//! test, of whatever process and whenever, has a copy of it. An edited migration is another digest, and another template.
//! A set with functions in Rust has a template for each build of the tests, since nobody can see what a function does.
//!
//! - Processes that start together wait for the one that makes the template. Where it is killed, another makes it anew.
//! - Migrations that fail are told by each test, and tried once in a process, or in a run of nextest.
//! - The database is dropped when the [`TestDb`] is, also by a test that panics. [`TestDb::close`] does the same, and says
//!   what is in the way.
//! - What a killed process has left behind is dropped by the next one that makes a test database, and so is a template
//!   that nobody has used for a day.
//!
//! `MIGRATE_KEEP_TEST_DATABASES=failed` keeps the databases of tests that fail, and the test says where it is, without the
//! password; with `1` all are kept. These are yours: nothing here drops them.
//!
//! ```sql
//! SELECT format('DROP DATABASE %I', datname) FROM pg_database
//! WHERE shobj_description(oid, 'pg_database') LIKE 'migrate-runtime test database: kept%' \gexec
//! ```
//!
//! # What a copy does not have
//!
//! PostgreSQL copies what is in a database, and not what is about it: `ALTER DATABASE … SET` and `GRANT … ON DATABASE`. A
//! role that a migration creates belongs to the server, and is there once for all.
//!
//! Advisory locks say which processes are alive, and they belong to a connection: between the tests and their server there
//! is no room for a pooler in transaction mode.

mod admin;
mod blueprint;
mod create;
mod database;
mod error;
mod keep;
mod mark;
mod names;
mod run;
#[cfg(feature = "testing-sqlx")]
mod sqlx;
mod sweep;
mod template;

pub use blueprint::Blueprint;
pub use database::TestDb;
pub use error::TestDbError;
pub use run::Argument;
#[doc(hidden)]
pub use run::{Threads, run};
