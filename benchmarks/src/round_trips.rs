//! Counts round trips, after connecting, of a run that applies ten small migrations to an empty database, and of one
//! that finds nothing to do: `cargo run --bin round-trips`.

mod proxy;

use std::error::Error;
use std::fs;
use std::path::Path;

use diesel::Connection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::{self, Client, Config, NoTls};
use migrate_server::Server;
use proxy::Proxy;
use sqlx::Connection as _;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MIGRATIONS: usize = 10;

/// Round trips of the first run, and of the second.
type Counts = [usize; 2];

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::start()?;
    let config: Config = server.url().parse()?;
    let port = config.get_ports()[0];
    let proxy = Proxy::to(port).await?;
    let admin = client(server.url()).await?;

    println!(
        "| round trips after connecting | 10 pending, no history table | nothing to do |\n|---|---|---|"
    );
    for peer in ["migrate", "sqlx", "refinery", "diesel_migrations"] {
        admin.batch_execute(&format!("CREATE DATABASE bench_{peer}")).await?;
        let url = server.url_of(&format!("bench_{peer}"));
        // libpq would first ask for TLS, which this server does not have; that is part of connecting, not of running.
        let url =
            format!("{}?sslmode=disable", url.replace(&format!(":{port}/"), &format!(":{}/", proxy.port)));
        let folder = tempfile::tempdir()?;
        let [first, second] = match peer {
            "migrate" => migrate(&proxy, &url, folder.path()).await?,
            "sqlx" => sqlx(&proxy, &url, folder.path()).await?,
            "refinery" => refinery(&proxy, &url, folder.path()).await?,
            _ => {
                let (folder, proxy) = (folder.path(), &proxy);
                tokio::task::block_in_place(|| diesel(proxy, &url, folder))?
            }
        };
        println!("| {peer} | {first} | {second} |");
    }
    Ok(())
}

/// Writes ten migrations, named as a tool wants them.
fn write(folder: &Path, name: impl Fn(usize) -> String) -> Result<()> {
    for n in 1..=MIGRATIONS {
        let path = folder.join(name(n));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, format!("CREATE TABLE t{n} (id int PRIMARY KEY);\n"))?;
    }
    Ok(())
}

async fn client(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn migrate(proxy: &Proxy, url: &str, folder: &Path) -> Result<Counts> {
    write(folder, |n| format!("{n:04}_t{n}.sql"))?;
    let set = MigrationSet::from(migrate_source::load(folder)?);
    let mut counts = Counts::default();
    for count in &mut counts {
        let mut client = client(url).await?;
        proxy.take();
        set.run(&mut client).await?;
        *count = proxy.take();
    }
    Ok(counts)
}

async fn sqlx(proxy: &Proxy, url: &str, folder: &Path) -> Result<Counts> {
    write(folder, |n| format!("{n:04}_t{n}.sql"))?;
    let migrator = sqlx::migrate::Migrator::new(folder).await?;
    let mut counts = Counts::default();
    for count in &mut counts {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        proxy.take();
        migrator.run(&mut connection).await?;
        *count = proxy.take();
    }
    Ok(counts)
}

async fn refinery(proxy: &Proxy, url: &str, folder: &Path) -> Result<Counts> {
    write(folder, |n| format!("V{n}__t{n}.sql"))?;
    let runner = refinery::Runner::new(&refinery::load_sql_migrations(folder)?);
    let mut counts = Counts::default();
    for count in &mut counts {
        let mut client = client(url).await?;
        proxy.take();
        runner.run_async(&mut client).await?;
        *count = proxy.take();
    }
    Ok(counts)
}

fn diesel(proxy: &Proxy, url: &str, folder: &Path) -> Result<Counts> {
    write(folder, |n| format!("{n:04}_t{n}/up.sql"))?;
    let migrations = FileBasedMigrations::from_path(folder)?;
    let mut counts = Counts::default();
    for count in &mut counts {
        let mut connection = diesel::PgConnection::establish(url)?;
        proxy.take();
        connection.run_pending_migrations(migrations.clone()).map_err(|error| error.to_string())?;
        *count = proxy.take();
    }
    Ok(counts)
}
