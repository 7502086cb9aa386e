//! A service that embeds its migrations with diesel_migrations, as the documentation of `embed_migrations!` says.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use diesel::{Connection as _, PgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

fn migrate() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut connection = PgConnection::establish(&env::var("DATABASE_URL")?)?;
    connection.run_pending_migrations(MIGRATIONS)?;
    Ok(())
}

fn main() -> ExitCode {
    match migrate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("caused by: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
