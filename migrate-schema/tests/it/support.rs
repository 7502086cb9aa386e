//! One server for all tests, and databases on it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use migrate_schema::{Difference, Schema, Script, Viewpoint, read};
use migrate_server::{Options, Server};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// It ends with the process. Who names a PostgreSQL by `POSTGRES_BIN`, as `tests/postgres-versions` does, wants that one.
static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let named: Option<OsString> = std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty());
    let server = match named {
        Some(dir) => Options::new().bin_dir(dir).start(),
        None => Options::new().obtain(),
    };
    server.unwrap_or_else(|error| panic!("{error}"))
});

/// The roles that schemas here may name.
const ROLES: [&str; 2] = ["migrate_test_reader", "migrate_test_writer"];

/// A database of its own, dropped at the end where the server lives on.
pub(crate) struct Db {
    name: String,
    pub(crate) client: Client,
}

impl Db {
    /// An empty one.
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("schema_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = connect(SERVER.url()).await;
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
        Self { client: connect(&SERVER.url_of(&name)).await, name }
    }

    pub(crate) fn url(&self) -> String {
        SERVER.url_of(&self.name)
    }

    pub(crate) async fn read(&self) -> Schema {
        read(&self.client, &Viewpoint::default()).await.unwrap()
    }

    /// Runs a script as a migration is run.
    pub(crate) async fn run(&self, script: &Script) {
        let run = async |sql: &str| {
            let done = self.client.batch_execute(sql).await;
            done.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        };
        if script.in_transaction {
            run("BEGIN").await;
        }
        for statement in &script.statements {
            run(&statement.sql).await;
        }
        if script.in_transaction {
            run("COMMIT").await;
        }
        // What a script sets holds for its own session.
        run("DISCARD ALL").await;
    }

    /// The first column of all rows.
    pub(crate) async fn lines(&self, sql: &str) -> Vec<String> {
        let answer = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        let line = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        answer.iter().filter_map(line).collect()
    }

    pub(crate) async fn drop(self) {
        let Self { name, client } = self;
        drop(client);
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        connect(SERVER.url()).await.batch_execute(&drop).await.unwrap();
    }
}

/// Where the programs of the server are.
pub(crate) fn bin_dir() -> Option<PathBuf> {
    SERVER.bin_dir().map(PathBuf::from)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The server's major version; its roles are there afterwards.
pub(crate) async fn prepare() -> u32 {
    let admin = connect(SERVER.url()).await;
    for role in ROLES {
        // A server that was given may have it.
        let _ = admin.batch_execute(&format!("CREATE ROLE {role}")).await;
    }
    let row =
        admin.query_one("SELECT current_setting('server_version_num')::int / 10000", &[]).await.unwrap();
    u32::try_from(row.get::<_, i32>(0)).unwrap()
}

pub(crate) fn listed(differences: &[Difference]) -> String {
    differences.iter().fold(String::new(), |text, difference| text + &difference.to_string() + "\n")
}
