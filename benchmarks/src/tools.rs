//! What is compared: each tool with its default options, and the least that any of them could do.

use std::error::Error;
use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use diesel::Connection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::{self, Client, NoTls};
use sqlx::Connection as _;
use tempfile::TempDir;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// A bare connection and one message.
    Floor,
    Migrate,
    Sqlx,
    Refinery,
    Diesel,
}

impl Tool {
    pub const ALL: [Self; 5] = [Self::Floor, Self::Migrate, Self::Sqlx, Self::Refinery, Self::Diesel];

    /// Those that a service can embed its migrations with.
    pub const EMBED: [Self; 4] = [Self::Migrate, Self::Sqlx, Self::Refinery, Self::Diesel];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Migrate => "migrate",
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel_migrations",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A tool that has its migrations in memory.
pub enum Loaded {
    Floor(String),
    Migrate(MigrationSet),
    Sqlx(sqlx::migrate::Migrator),
    Refinery(refinery::Runner),
    /// It reads the scripts when it runs them: the folder must live as long.
    Diesel(FileBasedMigrations, TempDir),
}

impl Loaded {
    /// As many small migrations, named as the tool wants them.
    pub async fn new(tool: Tool, migrations: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path();
        let write = |name: fn(usize) -> String| write(path, migrations, name);
        Ok(match tool {
            Tool::Floor => Self::Floor(floor(migrations)),
            Tool::Migrate => {
                write(|n| format!("{n:04}_t{n}.sql"))?;
                Self::Migrate(migrate_source::load(path)?.into())
            }
            Tool::Sqlx => {
                write(|n| format!("{n:04}_t{n}.sql"))?;
                Self::Sqlx(sqlx::migrate::Migrator::new(path).await?)
            }
            Tool::Refinery => {
                write(|n| format!("V{n}__t{n}.sql"))?;
                Self::Refinery(refinery::Runner::new(&refinery::load_sql_migrations(path)?))
            }
            Tool::Diesel => {
                write(|n| format!("{n:04}_t{n}/up.sql"))?;
                Self::Diesel(FileBasedMigrations::from_path(path)?, folder)
            }
        })
    }

    /// Connects, says so, and applies what is pending.
    pub async fn run(&self, url: &str, connected: impl FnOnce()) -> Result<()> {
        match self {
            Self::Floor(message) => {
                let client = connect(url).await?;
                connected();
                client.batch_execute(message).await?;
            }
            Self::Migrate(set) => {
                let (mut client, connection) = migrate_runtime::connect(url).await?;
                tokio::spawn(connection);
                connected();
                set.run(&mut client).await?;
            }
            Self::Sqlx(migrator) => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                connected();
                migrator.run(&mut connection).await?;
            }
            Self::Refinery(runner) => {
                let mut client = connect(url).await?;
                connected();
                runner.run_async(&mut client).await?;
            }
            Self::Diesel(migrations, _) => {
                let migrations = migrations.clone();
                tokio::task::block_in_place(|| diesel(url, connected, migrations))?;
            }
        }
        Ok(())
    }
}

fn diesel(url: &str, connected: impl FnOnce(), migrations: FileBasedMigrations) -> Result<()> {
    let mut connection = diesel::PgConnection::establish(url)?;
    connected();
    connection.run_pending_migrations(migrations).map_err(|error| error.to_string())?;
    Ok(())
}

pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The history table of the floor, which is there before it begins.
pub const FLOOR_HISTORY: &str = "CREATE TABLE history (version bigint PRIMARY KEY, description text, checksum text, applied_at timestamptz)";

/// One message: each migration in a transaction with its row, and nothing that makes sure of anything.
fn floor(migrations: usize) -> String {
    if migrations == 0 {
        return "SELECT 1".to_owned();
    }
    (1..=migrations).fold(String::new(), |mut message, n| {
        let _ = write!(
            message,
            "BEGIN;\n{};\nINSERT INTO history VALUES ({n}, 't{n}', '{:064x}', now());\nCOMMIT;\n",
            script(n),
            n,
        );
        message
    })
}

fn script(n: usize) -> String {
    format!("CREATE TABLE t{n} (id int PRIMARY KEY);\n")
}

fn write(folder: &Path, migrations: usize, name: impl Fn(usize) -> String) -> Result<()> {
    for n in 1..=migrations {
        let path = folder.join(name(n));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, script(n))?;
    }
    Ok(())
}
