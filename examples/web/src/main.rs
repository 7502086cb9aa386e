//! A web service that listens first and migrates then, so that whoever deploys it sees what it is doing.
//!
//! ```console
//! $ cargo run -p web
//! $ curl -i http://127.0.0.1:8080/readyz
//! $ curl -i http://127.0.0.1:8080/emails --json '{"recipient": "ada@example.org", "body": "Hello"}'
//! $ cargo run -p web -- migrate status
//! ```
//!
//! | | while it migrates | when that is done | when that has failed |
//! |---|---|---|---|
//! | `/healthz` | 200 | 200 | 200 |
//! | `/readyz` | 503, `migrating` | 200, `ready` | 503, `failed` and why |
//! | everything else | 503 | the service | 503 |
//!
//! It ends on Ctrl-C and SIGTERM, also while it migrates: each migration is then applied with its history row or not at
//! all, and the next start goes on from there. Where migrating fails, it says so for a while, and ends with exit code 1.
//!
//! `examples/worker` sends what is queued here, from the same database.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

mod database;
mod emails;
mod readiness;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use deadpool_postgres::{Manager, Pool, Runtime};
use migrate_runtime::tokio_postgres::NoTls;
use migrate_runtime::{MigrationSet, Runner, cli, embed_migrations};
use process::shutdown;
use readiness::Readiness;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The folder is read while this file compiles; a broken one does not.
static MIGRATIONS: MigrationSet = embed_migrations!();

/// Serves, unless it is told something else.
#[derive(clap::Parser)]
struct Args {
    /// Where to listen; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:8080", env = "LISTEN")]
    listen: SocketAddr,
    /// How many seconds /readyz tells that migrating has failed before the process ends
    #[arg(long, default_value_t = 10)]
    linger: u64,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Looks after the schema of the database
    Migrate(cli::Migrate),
}

/// A request waits so long for a connection, and not for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a request is answered with.
#[derive(Clone)]
struct App {
    pool: Pool,
    readiness: watch::Receiver<Readiness>,
}

async fn serve(args: &Args, database_url: &str) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal()?;

    // First the port: a probe that finds nobody is told nothing, and the orchestrator would kill what takes its time.
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let (readiness, watched) = watch::channel(Readiness::Migrating);
    let pool = match pool(database_url) {
        Ok(pool) => pool,
        Err(error) => {
            // What is no connection string at all is told better by the migrations: what is wrong, and where.
            MIGRATIONS.run_url(database_url).await?;
            return Err(error);
        }
    };
    let app = App { pool, readiness: watched };
    let http = axum::serve(listener, routes(app)).with_graceful_shutdown(stop.clone().cancelled_owned());
    let http = tokio::spawn(http.into_future());

    // Then the schema. Any number of replicas may do this at once.
    let migrated = tokio::select! {
        migrated = MIGRATIONS.run_url(database_url) => migrated,
        // To drop the future is safe at any moment: nothing is ever half done.
        () = stop.cancelled() => {
            println!("stopped while migrating: the next start goes on");
            return Ok(shutdown::bounded(&stop, http).await???);
        }
    };

    // And then the service, until it is told to stop; or nothing, long enough for a probe to hear of it.
    let result = match migrated {
        Ok(report) => {
            readiness.send_replace(Readiness::ready(&report));
            println!("{report}");
            stop.cancelled().await;
            Ok(())
        }
        Err(error) => {
            readiness.send_replace(Readiness::failed(&error));
            // The alternate form has the line of the file with a caret, and what was applied before.
            eprintln!("error: {error:#}");
            let linger = Duration::from_secs(args.linger);
            // Whichever is first.
            let _ = tokio::time::timeout(linger, stop.cancelled()).await;
            Err("the migrations were not applied".into())
        }
    };

    // No new requests; those under way are answered.
    stop.cancel();
    shutdown::bounded(&stop, http).await???;
    result
}

fn routes(app: App) -> Router {
    let emails = Router::new()
        .route("/emails", post(emails::queue))
        .route("/emails/{id}", get(emails::show))
        .route_layer(from_fn_with_state(app.clone(), readiness::required));
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readiness::probe))
        .merge(emails)
        .with_state(app)
}

/// It connects when it is first used. A database that wants TLS needs a connector in the place of `NoTls`, such as that of
/// tokio-postgres-rustls; `run_url` brings its own.
fn pool(database_url: &str) -> Result<Pool, Box<dyn Error>> {
    let manager = Manager::new(database_url.parse()?, NoTls);
    Ok(Pool::builder(manager)
        .max_size(8)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .build()?)
}

async fn run(mut args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let Some(Command::Migrate(mut migrate)) = args.command.take() else {
        let database = database::obtain()?;
        serve(&args, database.url()).await?;
        return Ok(ExitCode::SUCCESS);
    };
    // It lives as long as the verb is under way.
    let mut database = None;
    if migrate.target.database_url.is_none() {
        let database = database.insert(database::obtain()?);
        migrate.target.database_url = Some(database.url().to_owned());
    }
    Ok(migrate.run(Runner::new(&MIGRATIONS)).await.into())
}

#[tokio::main]
async fn main() -> ExitCode {
    run(cli::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
