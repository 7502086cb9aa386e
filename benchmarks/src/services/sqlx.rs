//! A service that embeds its migrations with sqlx, as the documentation of `sqlx::migrate!` says.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use sqlx::PgPool;
use sqlx::migrate::Migrator;

async fn migrate() -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect(&env::var("DATABASE_URL")?).await?;
    let mut migrator: Migrator = sqlx::migrate!();
    if env::var("OPTION").as_deref() == Ok("set_ignore_missing(true)") {
        migrator.set_ignore_missing(true);
    }
    Ok(migrator.run(&pool).await?)
}

#[tokio::main]
async fn main() -> ExitCode {
    match migrate().await {
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
