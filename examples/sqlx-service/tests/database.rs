//! Tests of a program, each on a database of its own with the migrations applied, which it gets as a pool of sqlx.
//!
//! What is in a program cannot be named from `tests/`. So the folder is embedded here once more: the same files are the same
//! set, and all tests copy one template. With more than one file of tests, put [`Service`] into `tests/common/mod.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use migrate_runtime::testing::{Blueprint, TestDb};
use migrate_runtime::{BoxError, MigrationSet, Runner, embed_migrations};
use migrate_server::Server;
use sqlx::PgPool;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

static MIGRATIONS: MigrationSet = embed_migrations!("../../migrations");

/// Where `DATABASE_URL` is not set, nor in `.env`, one PostgreSQL serves all the tests of a run.
static SERVER: LazyLock<Server> =
    LazyLock::new(|| Server::of_run().unwrap_or_else(|error| panic!("{error}")));

struct Service;

impl Blueprint for Service {
    fn runner(&self) -> Result<Runner<'_>, BoxError> {
        Ok(Runner::new(&MIGRATIONS))
    }

    fn server(&self) -> Option<String> {
        Some(SERVER.url().to_owned())
    }
}

const INSERT: &str = "INSERT INTO users (email, display_name) VALUES ($1, 'Ada')";

#[migrate_runtime::test(Service)]
async fn email_is_there_once(pool: PgPool) -> sqlx::Result<()> {
    sqlx::query(INSERT).bind("ada@example.org").execute(&pool).await?;
    let again = sqlx::query(INSERT).bind("ada@example.org").execute(&pool).await.unwrap_err();
    assert_eq!(again.as_database_error().map(DatabaseError::kind), Some(ErrorKind::UniqueViolation));
    Ok(())
}

/// A pool with options of one's own.
#[migrate_runtime::test(Service)]
async fn nobody_else_has_this_database(options: PgConnectOptions) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::query(INSERT).bind("ada@example.org").execute(&pool).await?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&pool).await?;
    assert_eq!(count, 1);
    Ok(())
}

/// The program itself, on a database that is current.
#[migrate_runtime::test(Service)]
async fn program_starts_on_a_current_database(db: TestDb) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sqlx-service"))
        .args(["--listen", "127.0.0.1:0"])
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<String> = lines.take(2).collect();
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(said[0].contains("nothing to do: the database is at 0003_tenant_users"), "{said:?}");
    assert!(said[1].starts_with("listening on http://"), "{said:?}");
}
