//! A service that embeds its migrations with migrate, as the README says.

use std::env;
use std::process::ExitCode;

use migrate_runtime::{MigrationSet, Runner, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!();

#[tokio::main]
async fn main() -> ExitCode {
    let url = env::var("DATABASE_URL").unwrap_or_default();
    let runner = match env::var("OPTION").as_deref() {
        Ok("allow_changed") => Runner::new(&MIGRATIONS).allow_changed(..),
        Ok("allow_missing") => Runner::new(&MIGRATIONS).allow_missing(..),
        Ok("allow_out_of_order") => Runner::new(&MIGRATIONS).allow_out_of_order(..),
        _ => Runner::new(&MIGRATIONS),
    };
    match runner.run_url(&url).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
