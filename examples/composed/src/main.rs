//! An application that is composed with a library which has migrations of its own: two sets in one database, in the order
//! that the application declares.
//!
//! ```console
//! $ cargo run -p composed
//! $ cargo run -p composed -- migrate --set audit_log status
//! $ cargo run -p composed -- remove --yes
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the person who started it")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{InvalidSets, MigrationSet, NamedSet, Runner, Sets, cli, embed_migrations};
use migrate_server::Server;

/// What is this application's own. That of the library is in the library.
static MIGRATIONS: MigrationSet = embed_migrations!();

/// `orders` refers to the library's table: therefore it comes after that. Where two sets would share a history, one is not
/// listed, or they wait for each other, this is an error before anything is done.
fn sets() -> Result<Sets<'static>, InvalidSets> {
    Sets::new([
        audit_log::migrations(),
        NamedSet::new("shop", Runner::new(&MIGRATIONS)).after(audit_log::NAME),
    ])
}

/// Places an order, unless it is told something else.
#[derive(clap::Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Reverts both sets, the application's own before the library's: with the tables, what is in them is gone
    Remove {
        /// Without it nothing is reverted
        #[arg(long, short)]
        yes: bool,
    },
    /// Looks after the schema of the database, one set at a time
    ///
    /// It is about one set and knows nothing of the others. All of them, in their order, are brought forward by starting
    /// the application.
    Migrate(OneSet),
}

#[derive(clap::Args)]
struct OneSet {
    /// Which set
    #[arg(long, default_value = "shop")]
    set: String,
    #[command(flatten)]
    migrate: cli::Migrate,
}

async fn serve(client: &mut Client) -> Result<(), Box<dyn Error>> {
    println!("{}", sets()?.run(client).await?);

    // From here on the tables of both are there, and one transaction is about both.
    let transaction = client.transaction().await?;
    let entry = audit_log::record(&transaction, "ada", "placed an order").await?;
    let insert = "INSERT INTO orders (item, placed_by) VALUES ('a lamp', $1) RETURNING id";
    let order: i64 = transaction.query_one(insert, &[&entry]).await?.get(0);
    transaction.commit().await?;
    println!("order {order} is placed");
    Ok(())
}

/// That of `DATABASE_URL`, or a PostgreSQL of the example's own, which lives as long as this value.
fn database() -> Result<Server, migrate_server::Error> {
    Server::obtain_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/composed"))
}

async fn migrate(OneSet { set, mut migrate }: OneSet) -> Result<ExitCode, Box<dyn Error>> {
    let sets = sets()?;
    let named = sets.get(&set).ok_or_else(|| format!("there is no set called {set}"))?;
    let mut own = None;
    if migrate.target.database_url.is_none() {
        migrate.target.database_url = Some(own.insert(database()?).url().to_owned());
    }
    Ok(migrate.run(named.runner().clone()).await.into())
}

async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    if let Some(Command::Migrate(one)) = args.command {
        return migrate(one).await;
    }
    if let Some(Command::Remove { yes: false }) = args.command {
        let names: Vec<String> = sets()?.iter().map(|set| set.name().to_owned()).collect();
        let names = names.join(" and ");
        return Err(
            format!("this would drop the tables of {names}, with all that is in them: say --yes").into()
        );
    }
    let database = database()?;
    let (mut client, connection) = migrate_runtime::connect(database.url()).await?;
    tokio::spawn(connection);
    match args.command {
        Some(Command::Remove { .. }) => println!("{}", sets()?.revert_all(&mut client).await?),
        _ => serve(&mut client).await?,
    }
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn main() -> ExitCode {
    run(cli::parse()).await.unwrap_or_else(|error| {
        // The alternate form has the line of the file with a caret, and which sets were done before.
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
