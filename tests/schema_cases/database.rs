//! Databases for cases: made, filled from files, and dropped.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_runtime::tokio_postgres::Client;
use migrate_server::Server;

/// Makes databases on one server.
pub(crate) struct Maker {
    home: String,
    url_of: Box<dyn Fn(&str) -> String + Send + Sync>,
    worker: usize,
    made: AtomicUsize,
}

pub(crate) struct Database {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) name: String,
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = migrate_runtime::connect(url).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The roles that cases name.
pub(crate) async fn create_roles(url: &str, roles: impl Iterator<Item = &str>) {
    let client = connect(url).await;
    for role in roles.map(str::trim).filter(|role| !role.is_empty()) {
        // A server that was given may have it.
        let _ = client.batch_execute(&format!("CREATE ROLE \"{role}\"")).await;
    }
}

impl Maker {
    pub(crate) fn new(server: &Server, worker: usize) -> Self {
        let sample = server.url_of("@@name@@");
        let url_of =
            Box::new(move |name: &str| sample.replace("@@name@@", name).replace("%40%40name%40%40", name));
        Self { home: server.url().to_owned(), url_of, worker, made: AtomicUsize::new(0) }
    }

    /// An empty database, or one that has what a file makes.
    pub(crate) async fn make(&self, files: &[&Path]) -> Result<Database, String> {
        let name = format!(
            "case_{}_{}_{}",
            std::process::id(),
            self.worker,
            self.made.fetch_add(1, Ordering::Relaxed)
        );
        let home = connect(&self.home).await;
        for with_psql in [false, true] {
            let _ = home.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            home.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
            let url = (self.url_of)(&name);
            let client = connect(&url).await;
            let database = Database { client, url, name: name.clone() };
            let filled = if with_psql { by_psql(&database, files) } else { at_once(&database, files).await };
            match filled {
                Ok(()) => return Ok(Database { client: connect(&database.url).await, ..database }),
                // Some statements want a transaction of their own.
                Err(_) if !with_psql => {}
                Err(why) => {
                    self.drop(database).await;
                    return Err(why);
                }
            }
        }
        unreachable!("one of the two has an answer")
    }

    pub(crate) async fn drop(&self, database: Database) {
        // A database that has subscriptions cannot be dropped, and one that has a slot would ask the publisher first.
        let names =
            "SELECT quote_ident(subname) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = current_database()";
        for row in database.client.query(names, &[]).await.unwrap() {
            let name: String = row.get(0);
            for how in [
                "ALTER SUBSCRIPTION @ DISABLE",
                "ALTER SUBSCRIPTION @ SET (slot_name = NONE)",
                "DROP SUBSCRIPTION @",
            ] {
                database.client.batch_execute(&how.replace('@', &name)).await.unwrap();
            }
        }
        drop(database.client);
        let home = connect(&self.home).await;
        home.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name)).await.unwrap();
    }
}

async fn at_once(database: &Database, files: &[&Path]) -> Result<(), String> {
    for file in files {
        let sql = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        database.client.batch_execute(&sql).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn by_psql(database: &Database, files: &[&Path]) -> Result<(), String> {
    for file in files {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(&database.url);
        let done = psql.output().map_err(|error| error.to_string())?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).lines().next().unwrap_or_default().to_owned());
        }
    }
    Ok(())
}
