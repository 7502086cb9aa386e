//! What `#[migrate_runtime::test]` expands to calls: a runtime, a database, the test, and what is said at its end. Where
//! there is no database, the test panics with the reason, as tests do.

use std::process::{ExitCode, Termination};

use tokio::runtime::Builder;
use tokio_postgres::Client;

use super::{Blueprint, TestDb, TestDbError};

/// What a test of `#[migrate_runtime::test]` may take: a [`TestDb`], or a [`Client`] that is connected to one. With the
/// feature `testing-sqlx`, a `PgPool` or the `PgConnectOptions` of sqlx.
#[diagnostic::on_unimplemented(
    message = "a test cannot take a `{Self}`",
    label = "not a database of a test",
    note = "a test takes a `migrate_runtime::testing::TestDb`, or a `migrate_runtime::tokio_postgres::Client`; with the \
            feature `testing-sqlx`, a `sqlx::PgPool` or `sqlx::postgres::PgConnectOptions`"
)]
pub trait Argument: Sized {
    /// What the test is given.
    #[doc(hidden)]
    fn of(db: &TestDb) -> impl Future<Output = Result<Self, TestDbError>>;
}

impl Argument for TestDb {
    async fn of(db: &TestDb) -> Result<Self, TestDbError> {
        Ok(db.another())
    }
}

impl Argument for Client {
    async fn of(db: &TestDb) -> Result<Self, TestDbError> {
        db.connect().await
    }
}

/// The threads of a test's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// That of the test.
    Current,
    /// As many as there are processors, or so many.
    Multi(Option<usize>),
}

/// Runs a test; `tell` says something where who reads what the test has said will see it.
///
/// # Panics
///
/// There is no database, or the test panics.
pub fn run<B: Blueprint, A: Argument, F: Future<Output: Termination>>(
    threads: Threads,
    blueprint: &B,
    tell: fn(&str),
    test: impl FnOnce(A) -> F,
) -> ExitCode {
    let mut builder = match threads {
        Threads::Current => Builder::new_current_thread(),
        Threads::Multi(_) => Builder::new_multi_thread(),
    };
    if let Threads::Multi(Some(count)) = threads {
        builder.worker_threads(count);
    }
    let runtime =
        builder.enable_all().build().unwrap_or_else(|error| panic!("the test has no runtime: {error}"));
    let db = runtime.block_on(TestDb::new(blueprint)).unwrap_or_else(|error| panic!("{error:#}"));
    let last = Last { db, tell };
    let argument = runtime.block_on(A::of(&last.db)).unwrap_or_else(|error| panic!("{error:#}"));
    let code = runtime.block_on(test(argument)).report();
    if code != ExitCode::SUCCESS {
        last.db.has_failed();
    }
    code
}

/// The database at the end of the test, also of one that panics.
struct Last {
    db: TestDb,
    tell: fn(&str),
}

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(url) = self.db.kept() {
            (self.tell)(&format!("the database of this test is kept: {url}"));
        }
    }
}
