//! The server and the workshop that the scenarios share, and the steps that most of them begin with.

use std::cell::{Cell as Counter, RefCell};
use std::time::Duration;

use benchmarks::tools::{Result, connect};
use migrate_runtime::tokio_postgres::Client;
use migrate_server::{Options, Server};

use crate::cell::Cell;
use crate::database::Db;
use crate::migration::{Files, Migration};
use crate::peer::Peer;
use crate::program::{Built, Image, Run};
use crate::workshop::Workshop;

pub(crate) struct Bench {
    pub(crate) server: Server,
    admin: Client,
    pub(crate) workshop: RefCell<Workshop>,
    databases: Counter<u32>,
    /// How long a process may take before it is said to wait.
    pub(crate) limit: Duration,
    /// How often many are started at once.
    pub(crate) rounds: usize,
}

impl Bench {
    pub(crate) async fn new(workshop: Workshop, quick: bool) -> Result<Self> {
        let server = Options::new().setting("max_connections", "200").start()?;
        let admin = connect(server.url()).await?;
        Ok(Self {
            server,
            admin,
            workshop: RefCell::new(workshop),
            databases: Counter::new(0),
            limit: Duration::from_secs(if quick { 10 } else { 30 }),
            rounds: if quick { 2 } else { 5 },
        })
    }

    pub(crate) async fn version(&self) -> Result<String> {
        Ok(self.admin.query_one("SHOW server_version", &[]).await?.get(0))
    }

    /// An empty database.
    pub(crate) async fn database(&self, peer: Peer) -> Result<Db> {
        self.databases.set(self.databases.get() + 1);
        let name = format!("cell_{}", self.databases.get());
        self.admin.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        // Some would ask for TLS first, which this server does not have.
        let url = format!("{}?sslmode=disable", self.server.url_of(&name));
        Db::open(name, url, peer).await
    }

    /// Ends whatever is still connected to it.
    pub(crate) async fn drop(&self, db: Db) -> Result<()> {
        Ok(self.admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", db.name)).await?)
    }

    pub(crate) fn build(&self, peer: Peer, migrations: &[Migration]) -> Result<Built> {
        self.build_files(peer, peer.files(migrations))
    }

    pub(crate) fn build_files(&self, peer: Peer, files: Files) -> Result<Built> {
        self.workshop.borrow_mut().build(peer, files)
    }

    /// A program that is sure to compile.
    pub(crate) fn image(&self, peer: Peer, migrations: &[Migration]) -> Result<Image> {
        match self.build(peer, migrations)? {
            Built::Runs(image) => Ok(image),
            Built::Refused(message) => Err(format!("{peer} does not compile: {message}").into()),
        }
    }

    pub(crate) async fn run(&self, image: &Image, db: &Db) -> Result<Run> {
        image.run(&db.url, None, self.limit).await
    }

    /// A database to which these migrations have been applied.
    pub(crate) async fn migrated(&self, peer: Peer, migrations: &[Migration]) -> Result<Db> {
        let db = self.database(peer).await?;
        let image = self.image(peer, migrations)?;
        self.run(&image, &db).await?.succeeded()?;
        Ok(db)
    }

    /// Builds, and where that does not compile says so in the cell.
    pub(crate) fn compile(&self, peer: Peer, files: Files, cell: &mut Cell) -> Result<Option<Image>> {
        Ok(match self.build_files(peer, files)? {
            Built::Runs(image) => Some(image),
            Built::Refused(message) => {
                cell.note("cargo build", &message);
                None
            }
        })
    }
}
