//! A database that is there for a while: on a server of our own, or on one that is named. What it is made on is not
//! touched.

use migrate_runtime::tokio_postgres::Client;
use migrate_server::Server;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// A scratch database.
pub(crate) struct Scratch {
    server: Server,
    /// To the database that the URL names, from which the scratch database is made and dropped.
    home: Connection,
    name: String,
    made: u32,
}

/// A client and what drives it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Connection {
    async fn open(url: &str) -> Result<Self, Failure> {
        let connected = migrate_runtime::connect(url).await;
        let (client, connection) = connected.map_err(|error| Failure::told(format!("{error:#}")))?;
        Ok(Self { client, driver: tokio::spawn(connection) })
    }

    async fn close(self) {
        drop(self.client);
        let _ = self.driver.await;
    }
}

impl Scratch {
    /// Without a URL it starts a server that ends with this value. `DATABASE_URL` is not looked at.
    pub(crate) async fn new(dev_url: Option<&str>) -> Result<Self, Failure> {
        let server = match dev_url {
            Some(url) => Server::given(url),
            None => Server::start().map_err(|error| no_server(&error))?,
        };
        let home = Connection::open(server.url()).await?;
        Ok(Self { server, home, name: String::new(), made: 0 })
    }

    /// Where it is.
    pub(crate) fn origin(&self) -> String {
        self.server.origin().to_string()
    }

    /// An empty database, in the place of the one before.
    pub(crate) async fn renew(&mut self, old: Option<Connection>) -> Result<Connection, Failure> {
        self.drop(old).await?;
        self.made += 1;
        self.name = format!("migrate_verify_{}_{}", std::process::id(), self.made);
        // What a site has put into template1 is not the folder's.
        self.run(&format!("CREATE DATABASE {} TEMPLATE template0", self.name)).await?;
        Connection::open(&self.server.url_of(&self.name)).await
    }

    /// Leaves nothing behind.
    pub(crate) async fn end(mut self, last: Option<Connection>) -> Result<(), Failure> {
        self.drop(last).await?;
        self.home.close().await;
        Ok(())
    }

    async fn drop(&mut self, connection: Option<Connection>) -> Result<(), Failure> {
        if let Some(connection) = connection {
            connection.close().await;
        }
        if self.name.is_empty() {
            return Ok(());
        }
        let name = std::mem::take(&mut self.name);
        self.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
    }

    async fn run(&self, sql: &str) -> Result<(), Failure> {
        self.home.client.batch_execute(sql).await.map_err(|error| {
            let why =
                error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            Failure::new(
                format!("{sql}: {why}"),
                "the role of `--dev-url` must be allowed to create databases: ALTER ROLE … CREATEDB",
            )
        })
    }
}

fn no_server(error: &migrate_server::Error) -> Failure {
    match error {
        migrate_server::Error::NothingFound { looked } => {
            let looked: Vec<String> =
                looked.iter().map(|looked| format!("\n  {}: {}", looked.place, looked.why)).collect();
            Failure::new(
                format!("found no PostgreSQL to start for a scratch database; looked at:{}", looked.concat()),
                "name a server where a scratch database may be made, `--dev-url URL`, or install PostgreSQL",
            )
        }
        other => {
            Failure::new(other, "or name a server where a scratch database may be made: `--dev-url URL`")
        }
    }
}
