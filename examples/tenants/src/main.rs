//! A service with many tenants, each of which has a schema of its own with the same migrations. The control tables say who
//! they are; at start all are brought forward, and a new one is made when somebody asks for it.
//!
//! ```console
//! $ cargo run -p tenants
//! $ curl -i http://127.0.0.1:8083/tenants --json '{"slug": "acme", "name": "Acme"}'
//! $ curl -i http://127.0.0.1:8083/tenants/acme/notes --json '{"body": "Hello"}'
//! $ curl http://127.0.0.1:8083/tenants/acme/notes
//! ```
//!
//! A tenant whose migrations fail is no trouble of the others: its own requests are answered with 503, until a restart finds
//! it mended. Tenants with a database each are the same, with a column `database_url` in the query and a pool for each:
//! see `docs/src/multi-tenant.md`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

mod failed;
mod notes;
mod registry;

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use clap::Parser as _;
use deadpool_postgres::{Manager, Pool, Runtime};
use migrate_runtime::tokio_postgres::NoTls;
use migrate_runtime::{MigrationSet, embed_migrations};
use migrate_server::Server;
use process::shutdown;
use registry::Registry;
use tokio::net::TcpListener;

/// The tables that say who the tenants are.
static CONTROL: MigrationSet = embed_migrations!("../../migrations");

/// Serves until Ctrl-C or SIGTERM.
#[derive(clap::Parser)]
struct Args {
    /// Where to listen; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:8083", env = "LISTEN")]
    listen: SocketAddr,
}

/// A request waits so long for a connection, and not for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a request is answered with.
#[derive(Clone)]
struct App {
    pool: Pool,
    registry: Arc<Registry>,
}

async fn serve(args: &Args, database_url: &str) -> Result<(), Box<dyn Error>> {
    // First the tables that say who the tenants are, then the tenants.
    let stop = shutdown::on_signal()?;
    let migrated = async {
        println!("control: {}", CONTROL.run_url(database_url).await?);
        Ok::<_, Box<dyn Error>>(Registry::open(database_url).await?)
    };
    let registry = tokio::select! {
        registry = migrated => registry?,
        // To drop the future is safe at any moment: nothing is ever half done.
        () = stop.cancelled() => return Ok(()),
    };

    // It connects when it is first used. A database that wants TLS needs a connector in the place of `NoTls`, such as that of
    // tokio-postgres-rustls.
    let manager = Manager::new(database_url.parse()?, NoTls);
    let pool = Pool::builder(manager)
        .max_size(8)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .build()?;
    let app = App { pool, registry: Arc::new(registry) };
    let routes = Router::new()
        .route("/tenants", post(registry::create))
        .route("/tenants/{slug}/notes", get(notes::list).post(notes::add))
        .with_state(app);
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let http = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    Ok(shutdown::bounded(&stop, http.into_future()).await??)
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // That of `DATABASE_URL`, or a PostgreSQL of the example's own, which lives as long as this value.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tenants");
    let result = match Server::obtain_in(&data) {
        Ok(database) => serve(&args, database.url()).await,
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
