//! A service whose queries are Diesel's, and whose schema is brought up to date before Diesel connects.
//!
//! ```console
//! $ cargo run -p diesel-service
//! $ curl http://127.0.0.1:8082/users --json '{"email": "ada@example.org", "display_name": "Ada"}'
//! $ curl http://127.0.0.1:8082/users
//! ```
//!
//! `run_url` has a connection of its own, and closes it. What the service does afterwards is none of its business. Diesel
//! is told of the tables by `schema.rs`, as ever.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

mod schema;

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser as _;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
// By its name: it stands in for that of the prelude.
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use migrate_runtime::{MigrationSet, embed_migrations};
use migrate_server::Server;
use process::{shutdown, whole};
use schema::users;
use tokio::net::TcpListener;

/// The folder is read while this file compiles; a broken one does not.
static MIGRATIONS: MigrationSet = embed_migrations!("../../migrations");

/// Serves until Ctrl-C or SIGTERM.
#[derive(clap::Parser)]
struct Args {
    /// Where to listen; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:8082", env = "LISTEN")]
    listen: SocketAddr,
}

#[derive(Insertable, Queryable, Selectable, serde::Serialize, serde::Deserialize)]
#[diesel(table_name = users)]
struct User {
    email: String,
    display_name: String,
}

type Connections = Pool<AsyncPgConnection>;

async fn serve(args: &Args, database_url: &str) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal()?;
    let report = tokio::select! {
        report = MIGRATIONS.run_url(database_url) => report?,
        // To drop the future is safe at any moment: nothing is ever half done.
        () = stop.cancelled() => return Ok(()),
    };
    println!("{report}");

    // From here on the schema is the one that this binary was built for.
    let pool = Pool::builder(AsyncDieselConnectionManager::new(database_url)).max_size(8).build()?;
    let routes = Router::new().route("/users", get(list).post(add)).with_state(pool);
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let http = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    Ok(shutdown::bounded(&stop, http.into_future()).await??)
}

async fn list(State(pool): State<Connections>) -> Result<Json<Vec<User>>, StatusCode> {
    let mut connection = pool.get().await.map_err(internal)?;
    let select = users::table.filter(users::deleted_at.is_null()).order(users::id).select(User::as_select());
    Ok(Json(select.load(&mut connection).await.map_err(failed)?))
}

async fn add(State(pool): State<Connections>, Json(user): Json<User>) -> Result<StatusCode, StatusCode> {
    let mut connection = pool.get().await.map_err(internal)?;
    let insert = diesel::insert_into(users::table).values(&user);
    insert.execute(&mut connection).await.map_err(failed)?;
    Ok(StatusCode::CREATED)
}

/// What the constraints of the table do not take is the caller's to mend.
fn failed(error: QueryError) -> StatusCode {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StatusCode::CONFLICT,
        QueryError::DatabaseError(DatabaseErrorKind::CheckViolation, _) => StatusCode::UNPROCESSABLE_ENTITY,
        error => internal(error),
    }
}

/// All else is not for their eyes.
fn internal(error: impl Error + 'static) -> StatusCode {
    eprintln!("error: {}", whole(&error));
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // That of `DATABASE_URL`, or a PostgreSQL of the example's own, which lives as long as this value.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/diesel-service");
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
