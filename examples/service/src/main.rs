//! A service that brings its database up to date when it starts: the lines to copy are those of `serve`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

mod database;

use std::error::Error;
use std::process::ExitCode;

use migrate_runtime::{MigrationSet, embed_migrations};

/// The folder is read while this file compiles; a broken one does not.
static MIGRATIONS: MigrationSet = embed_migrations!("../../migrations");

async fn serve(database_url: &str) -> Result<(), Box<dyn Error>> {
    let (mut client, connection) = migrate_runtime::connect(database_url).await?;
    tokio::spawn(connection);

    let report = MIGRATIONS.run(&mut client).await?;
    println!("{report}");

    // From here on the schema is the one that this binary was built for.
    println!("\ntables:");
    for row in client.query(TABLES, &[]).await? {
        println!("  {}", row.get::<_, &str>(0));
    }
    Ok(())
}

const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";

#[tokio::main]
async fn main() -> ExitCode {
    let result = match database::obtain(std::env::args().skip(1)) {
        Ok(database) => serve(database.url()).await,
        Err(error) => Err(error),
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
