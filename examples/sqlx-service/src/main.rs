//! A service whose queries are sqlx's, and whose schema is brought up to date before sqlx connects.
//!
//! ```console
//! $ cargo run -p sqlx-service
//! $ curl http://127.0.0.1:8081/users --json '{"email": "ada@example.org", "display_name": "Ada"}'
//! $ curl http://127.0.0.1:8081/users
//! ```
//!
//! `run_url` has a connection of its own, and closes it. What the service does afterwards is none of its business: sqlx
//! needs no feature for it, and neither knows of the other. In development, `query!` checks queries against the database of
//! `DATABASE_URL`, which `migrate up` has brought to where it should be.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser as _;
use migrate_runtime::{MigrationSet, embed_migrations};
use migrate_server::Server;
use process::shutdown;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

/// The folder is read while this file compiles; a broken one does not.
static MIGRATIONS: MigrationSet = embed_migrations!("../../migrations");

/// Serves until Ctrl-C or SIGTERM.
#[derive(clap::Parser)]
struct Args {
    /// Where to listen; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:8081", env = "LISTEN")]
    listen: SocketAddr,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct User {
    email: String,
    display_name: String,
}

async fn serve(args: &Args, database_url: &str) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal()?;
    let report = tokio::select! {
        report = MIGRATIONS.run_url(database_url) => report?,
        // To drop the future is safe at any moment: nothing is ever half done.
        () = stop.cancelled() => return Ok(()),
    };
    println!("{report}");

    // From here on the schema is the one that this binary was built for.
    let pool = PgPoolOptions::new().max_connections(8).connect(database_url).await?;
    let routes = Router::new().route("/users", get(list).post(add)).with_state(pool);
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let http = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    Ok(shutdown::bounded(&stop, http.into_future()).await??)
}

async fn list(State(pool): State<PgPool>) -> Result<Json<Vec<User>>, StatusCode> {
    let select = sqlx::query_as("SELECT email, display_name FROM users WHERE deleted_at IS NULL ORDER BY id");
    let rows: Vec<(String, String)> = select.fetch_all(&pool).await.map_err(|error| failed(&error))?;
    Ok(Json(rows.into_iter().map(|(email, display_name)| User { email, display_name }).collect()))
}

async fn add(State(pool): State<PgPool>, Json(user): Json<User>) -> Result<StatusCode, StatusCode> {
    let insert = sqlx::query("INSERT INTO users (email, display_name) VALUES ($1, $2)");
    insert.bind(&user.email).bind(&user.display_name).execute(&pool).await.map_err(|error| failed(&error))?;
    Ok(StatusCode::CREATED)
}

/// What the constraints of the table do not take is the caller's to mend; all else is not for their eyes.
fn failed(error: &sqlx::Error) -> StatusCode {
    match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
        Some(sqlx::error::ErrorKind::UniqueViolation) => StatusCode::CONFLICT,
        Some(sqlx::error::ErrorKind::CheckViolation) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => {
            eprintln!("error: {error}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // That of `DATABASE_URL`, or a PostgreSQL of the example's own, which lives as long as this value.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sqlx-service");
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
