//! A worker that shares its database with `examples/web`: it sends the mail that is queued there.
//!
//! ```console
//! $ export DATABASE_URL=postgres://app@localhost/shop
//! $ cargo run -p web &
//! $ cargo run -p worker -- --name one &
//! $ cargo run -p worker -- --name two &
//! $ curl http://127.0.0.1:8080/emails --json '{"recipient": "ada@example.org", "body": "Hello"}'
//! ```
//!
//! Both programs have the same migrations in them, and whichever comes first applies them: no order of deployment, and no
//! step that has to be over before a process may start. The others wait for it, each by itself.
//!
//! Without `DATABASE_URL` it starts a PostgreSQL of its own, which nobody else puts anything into.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use migrate_runtime::tokio_postgres::{self, Client};
use migrate_runtime::{MigrationSet, embed_migrations};
use migrate_server::Server;
use process::{shutdown, whole};
use tokio_util::sync::CancellationToken;

/// The same folder as the web service's.
static MIGRATIONS: MigrationSet = embed_migrations!("../web/migrations");

/// Sends what is queued, until it is told to stop.
#[derive(clap::Parser)]
struct Args {
    /// What this worker is called, in the database and in what it prints
    #[arg(long, default_value = "worker")]
    name: String,
    /// How many milliseconds to wait when nothing is queued
    #[arg(long, default_value_t = 500)]
    pause: u64,
}

async fn work(args: &Args, database_url: &str) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal()?;
    // It takes part: the web service may be there first, or not yet, or in the middle of it.
    let migrated = async {
        let (mut client, connection) = migrate_runtime::connect(database_url).await?;
        tokio::spawn(connection);
        let report = MIGRATIONS.run(&mut client).await?;
        Ok::<_, Box<dyn Error>>((client, report))
    };
    let (mut client, report) = tokio::select! {
        migrated = migrated => migrated?,
        // To drop the future is safe at any moment: nothing is ever half done.
        () = stop.cancelled() => return Ok(()),
    };
    println!("{report}");

    Ok(shutdown::bounded(&stop, send_all(args, &mut client, &stop)).await??)
}

/// What is in hand is finished before the worker stops.
async fn send_all(args: &Args, client: &mut Client, stop: &CancellationToken) -> Result<(), String> {
    while !stop.is_cancelled() {
        if let Some(id) = send_next(client, &args.name).await.map_err(|error| whole(&error))? {
            println!("email {id} is sent");
            continue;
        }
        // Whichever is first.
        let _ = tokio::time::timeout(Duration::from_millis(args.pause), stop.cancelled()).await;
    }
    Ok(())
}

/// Takes one that nobody else has in hand, and returns its id; `None` where there is none.
///
/// It is locked as long as the transaction is open: the other workers pass it over, and where this one dies, it is free
/// again. One that was sent and whose worker died before `COMMIT` is sent a second time: whoever receives must be able to
/// tell, for example by its id.
async fn send_next(client: &mut Client, worker: &str) -> Result<Option<i64>, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let take =
        "SELECT id, recipient FROM emails WHERE sent_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED";
    let Some(row) = transaction.query_opt(take, &[]).await? else {
        return Ok(None);
    };
    let (id, recipient): (i64, &str) = (row.get(0), row.get(1));
    send(recipient).await;
    let done = "UPDATE emails SET sent_at = now(), sent_by = $2 WHERE id = $1";
    transaction.execute(done, &[&id, &worker]).await?;
    transaction.commit().await?;
    Ok(Some(id))
}

/// Speaks to a mail server, if there were one.
async fn send(recipient: &str) {
    println!("to {recipient}");
    tokio::task::yield_now().await;
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // That of `DATABASE_URL`, or a PostgreSQL of the example's own, which lives as long as this value.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/worker");
    let result = match Server::obtain_in(&data) {
        Ok(database) => work(&args, database.url()).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The alternate form has the line of the file with a caret, and what was applied before.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
