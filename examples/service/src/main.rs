//! A service that brings its database up to date when it starts: the lines to copy are those of `serve`. The rest is its
//! command line: `service migrate status` and its like look after the same migrations by hand.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

mod database;

use std::error::Error;
use std::process::ExitCode;

use migrate_runtime::{MigrationSet, Runner, cli, embed_migrations};

/// The folder is read while this file compiles; a broken one does not.
static MIGRATIONS: MigrationSet = embed_migrations!("../../migrations");

/// Serves, unless it is told something else.
#[derive(clap::Parser)]
struct Args {
    /// Starts over, with a new database of the example's own
    #[arg(long)]
    fresh: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Looks after the schema of the database
    Migrate(cli::Migrate),
}

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

/// A service of yours has a database: `Some(Command::Migrate(migrate)) => migrate.run(Runner::new(&MIGRATIONS)).await` is
/// all that it takes.
async fn migrate(mut migrate: cli::Migrate, fresh: bool) -> Result<cli::Exit, Box<dyn Error>> {
    // It lives as long as the verb is under way.
    let mut database = None;
    if migrate.target.database_url.is_none() {
        let database = database.insert(database::obtain(fresh)?);
        migrate.target.database_url = Some(database.url().to_owned());
    }
    Ok(migrate.run(Runner::new(&MIGRATIONS)).await)
}

#[tokio::main]
async fn main() -> ExitCode {
    let args: Args = cli::parse();
    let result = match args.command {
        Some(Command::Migrate(verb)) => migrate(verb, args.fresh).await.map(ExitCode::from),
        None => match database::obtain(args.fresh) {
            Ok(database) => serve(database.url()).await.map(|()| ExitCode::SUCCESS),
            Err(error) => Err(error),
        },
    };
    result.unwrap_or_else(|error| {
        // The alternate form has the line of the file with a caret, and what was applied before.
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
