//! A service that embeds its migrations with refinery, as its README says.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use tokio_postgres::NoTls;

refinery::embed_migrations!("migrations");

async fn migrate() -> Result<(), Box<dyn Error>> {
    let (mut client, connection) = tokio_postgres::connect(&env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    let runner = migrations::runner();
    let runner = match env::var("OPTION").as_deref() {
        Ok("set_abort_divergent(false)") => runner.set_abort_divergent(false),
        Ok("set_abort_missing(false)") => runner.set_abort_missing(false),
        _ => runner,
    };
    runner.run_async(&mut client).await?;
    Ok(())
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
