//! One server for the tests of this crate's own parts, which ends with the process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use migrate_server::{Options, Server};
use tokio_postgres::{Client, NoTls};

use crate::read::{self, Viewpoint};
use crate::schema::Schema;

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let named = std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty());
    let server = named.map_or_else(|| Options::new().obtain(), |dir| Options::new().bin_dir(dir).start());
    server.unwrap_or_else(|error| panic!("{error}"))
});

/// An empty database of this name.
pub(crate) async fn database(name: &str) -> Client {
    let admin = connect(SERVER.url()).await;
    admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
    connect(&SERVER.url_of(name)).await
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) async fn schema(client: &Client) -> Schema {
    read::read_again(client, &Viewpoint::default()).await.unwrap()
}
