//! A database that is there for a while: on a server of our own, or on one that is named. What it is made on is not
//! touched.
//!
//! A verb that is interrupted at any moment leaves none on a server of others: see [`left`](mod@left). What a killed process
//! leaves is dropped by the next one: see [`owner`].

mod left;
mod owner;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::tokio_postgres::error::SqlState;
use migrate_runtime::tokio_postgres::{Client, Error};
use migrate_server::{Options, Server};
use tokio::task::JoinHandle;

use migrate_source::Code;

use crate::failure::{Failure, of_other};
use left::{Left, drop_database, left, not_dropped};

pub(crate) use left::{or_dropped, until_interrupted};

/// Of the scratch databases of this process.
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A scratch database.
pub(crate) struct Scratch {
    server: Server,
    /// To the database that the URL names, from which the scratch database is made and dropped.
    home: Home,
    name: String,
    made: u32,
    /// What a server of our own has to have, since somebody names them.
    roles: BTreeSet<String>,
}

/// A connection that outlives the work that it was opened for: what it has sent is finished before what is sent then.
struct Home {
    client: Arc<Client>,
    driver: JoinHandle<()>,
}

/// Whether PostgreSQL keeps the name to itself.
fn is_predefined(role: &str) -> bool {
    role.starts_with("pg_")
}

/// A client and what drives it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        let connected = migrate_runtime::connect(url).await;
        let (client, connection) = connected.map_err(|error| Failure::of_run(&error))?;
        Ok(Self { client, driver: tokio::spawn(connection) })
    }

    /// To a database of a server that may be our own: PGSSLMODE and the like are about others.
    async fn open_on(server: &Server, url: &str) -> Result<Self, Failure> {
        if !server.is_private() {
            return Self::open(url).await;
        }
        let connected = migrate_runtime::connect_exactly(url).await;
        let (client, connection) = connected.map_err(|error| Failure::of_run(&error))?;
        Ok(Self { client, driver: tokio::spawn(connection) })
    }

    /// Says goodbye, unless a statement is still under way.
    pub(crate) async fn close(self) {
        drop(self.client);
        end_driver(self.driver).await;
    }
}

/// Waits until a driver whose client is gone has said goodbye, and no longer than a second.
async fn end_driver(mut driver: JoinHandle<()>) {
    if tokio::time::timeout(Duration::from_secs(1), &mut driver).await.is_err() {
        driver.abort();
    }
}

impl Home {
    async fn open(server: &Server) -> Result<Self, Failure> {
        let Connection { client, driver } = Connection::open_on(server, server.url()).await?;
        Ok(Self { client: Arc::new(client), driver })
    }

    async fn close(self) {
        drop(self.client);
        end_driver(self.driver).await;
    }
}

impl Scratch {
    /// Without a URL it starts a server that ends with this value. `DATABASE_URL` is not looked at.
    pub(crate) async fn new(dev_url: Option<&str>) -> Result<Self, Failure> {
        let server = match dev_url {
            Some(url) => Server::given(url),
            None => private()?,
        };
        let home = Home::open(&server).await?;
        if !server.is_private() {
            let marked = owner::mark(&home.client).await;
            marked.map_err(|error| no_database("the scratch databases there cannot be listed", &error))?;
            for name in owner::left_behind(&home.client).await.unwrap_or_default() {
                // Somebody else may do so at the same time; and it is no reason for this run to fail.
                let _ = drop_database(&home.client, &server, &name).await;
            }
        }
        Ok(Self { server, home, name: String::new(), made: 0, roles: BTreeSet::new() })
    }

    /// Where it is.
    pub(crate) fn origin(&self) -> String {
        if self.server.is_private() {
            self.server.origin().to_string()
        } else {
            "the server of --dev-url".to_owned()
        }
    }

    /// An empty database, in the place of the one before.
    pub(crate) async fn renew(&mut self, old: Option<Connection>) -> Result<Connection, Failure> {
        self.drop(old).await?;
        if self.made > 0 && self.server.is_private() {
            // What belongs to the server, like a role, would be there already.
            let server = private()?;
            let home = Home::open(&server).await?;
            std::mem::replace(&mut self.home, home).close().await;
            self.server = server;
            self.make_roles().await?;
        }
        self.made += 1;
        self.name = owner::name(NUMBER.fetch_add(1, Ordering::Relaxed));
        if !self.server.is_private() {
            let (home, url) = (Arc::clone(&self.home.client), self.server.url().to_owned());
            left().push(Left { home, url, name: self.name.clone() });
        }
        // What a site has put into template1 is not the folder's.
        let create = format!("CREATE DATABASE {} TEMPLATE template0", self.name);
        let created = self.home.client.batch_execute(&create).await;
        created.map_err(|error| no_database(&create, &error))?;
        Connection::open_on(&self.server, &self.server.url_of(&self.name)).await
    }

    /// Applies migrations. Where a role is missing that can be made, it goes on with the role.
    pub(crate) async fn run(
        &mut self,
        runner: &Runner<'_>,
        connection: &mut Connection,
    ) -> Result<(), Failure> {
        while let Err(error) = runner.run(&mut connection.client).await {
            self.make_role_for(Failure::of_run(&error)).await?;
        }
        Ok(())
    }

    /// Reverts the newest migration in the same way.
    pub(crate) async fn revert(
        &mut self,
        runner: &Runner<'_>,
        connection: &mut Connection,
    ) -> Result<(), Failure> {
        while let Err(error) = runner.revert(&mut connection.client, 1).await {
            self.make_role_for(Failure::of_run(&error)).await?;
        }
        Ok(())
    }

    async fn make_role_for(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.will_have_role(&failure) { self.make_roles().await } else { Err(self.about_roles(failure)) }
    }

    /// Does what may name roles on an empty database, and again on another one where a role is missing that can be made.
    pub(crate) async fn anew_with_roles<T>(
        &mut self,
        mut work: impl AsyncFnMut(&mut Connection) -> Result<T, Failure>,
    ) -> Result<(Connection, T), Failure> {
        let mut connection = self.renew(None).await?;
        loop {
            match work(&mut connection).await {
                Ok(done) => return Ok((connection, done)),
                Err(failure) if self.will_have_role(&failure) => {
                    connection = self.renew(Some(connection)).await?;
                }
                Err(failure) => return Err(self.about_roles(failure)),
            }
        }
    }

    /// What to do about it: on a server of somebody else's no role is made, and a predefined one is on none.
    fn about_roles(&self, failure: Failure) -> Failure {
        let Some(role) = failure.missing_role() else { return failure };
        let server = if self.server.is_private() { "the scratch server" } else { "the server of --dev-url" };
        let place = failure.place_of_role().map(|place| format!("\n  {place}")).unwrap_or_default();
        let what = format!("{server} has no role \"{role}\"{place}");
        if is_predefined(role) {
            let help = "correct the name, or use a newer PostgreSQL: `pg_` begins the names of predefined roles, \
                which a version has or lacks";
            return Failure::new(Code::M0843, what, help);
        }
        if self.server.is_private() {
            return failure;
        }
        let create = migrate_schema::quoted(&[role]);
        let help = format!("create it there (`CREATE ROLE {create}`), or leave out --dev-url");
        Failure::new(Code::M0843, what, help)
    }

    /// Whether it failed since a role is not there that can be: roles belong to the server, and one of our own has those that
    /// somebody names.
    fn will_have_role(&mut self, failure: &Failure) -> bool {
        let role = failure.missing_role().filter(|role| self.server.is_private() && !is_predefined(role));
        role.is_some_and(|role| self.roles.insert(role.to_owned()))
    }

    /// What another one has is here too.
    pub(crate) async fn have_roles_of(&mut self, other: &Self) -> Result<(), Failure> {
        self.roles.extend(other.roles.iter().cloned());
        self.make_roles().await
    }

    /// The roles that it has because somebody names them.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(String::as_str)
    }

    async fn make_roles(&self) -> Result<(), Failure> {
        for role in self.roles().filter(|_| self.server.is_private()) {
            let sql = format!("CREATE ROLE {}", migrate_schema::quoted(&[role]));
            match self.home.client.batch_execute(&sql).await {
                Err(error) if error.code() != Some(&SqlState::DUPLICATE_OBJECT) => {
                    return Err(Failure::new(
                        Code::M0843,
                        format!("{sql}: {}", words(&error)),
                        "correct the name of the role, or create it in a migration",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
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
        let dropped = drop_database(&self.home.client, &self.server, &name).await;
        dropped.map_err(|error| not_dropped(&name, &error))?;
        left().retain(|left| left.name != name);
        Ok(())
    }
}

/// The server's own, where it has spoken.
fn words(error: &Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

fn no_database(what: &str, error: &Error) -> Failure {
    Failure::new(
        Code::M0842,
        format!("{what}: {}", words(error)),
        "the role of `--dev-url` must be allowed to create databases: ALTER ROLE … CREATEDB",
    )
}

/// Drops a database and creates it with the same owner, encoding and locale; creates it where there is none.
pub(crate) async fn recreate(url: &str, name: &str) -> Result<(), Failure> {
    // Nobody can drop what they are connected to.
    let other = if name == "postgres" { "template1" } else { "postgres" };
    let home = Connection::open(&Server::given(url).url_of(other)).await?;
    let done = recreate_from(&home.client, name).await;
    home.close().await;
    done.map_err(|error| {
        Failure::new(
            Code::M0842,
            format!("{name} cannot be built anew: {}", words(&error)),
            "the role must own the database and be allowed to create one: ALTER ROLE … CREATEDB",
        )
    })
}

async fn recreate_from(home: &Client, name: &str) -> Result<(), Error> {
    // `template0` has no text of its own, so that any encoding and locale will do.
    const AS_BEFORE: &str = "SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE %I ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
        d.datname, pg_get_userbyid(d.datdba), CASE WHEN (d.encoding, d.datcollate, d.datctype) = (t.encoding, t.datcollate, \
        t.datctype) THEN 'template1' ELSE 'template0' END, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype), \
        format('DROP DATABASE %I WITH (FORCE)', d.datname) \
        FROM pg_database d, pg_database t WHERE d.datname = $1 AND t.datname = 'template1'";
    if let Some(row) = home.query_opt(AS_BEFORE, &[&name]).await? {
        let (create, drop): (String, String) = (row.get(0), row.get(1));
        home.batch_execute(&drop).await?;
        return home.batch_execute(&create).await;
    }
    let create = home.query_one("SELECT format('CREATE DATABASE %I', $1::text)", &[&name]).await?;
    home.batch_execute(create.get(0)).await
}

/// A subscription that a migration makes there fetches nothing from the publisher that it names.
fn private() -> Result<Server, Failure> {
    let options = Options::new().setting("max_logical_replication_workers", "0");
    options.start().map_err(|error| no_server(&error))
}

fn no_server(error: &migrate_server::Error) -> Failure {
    match error {
        migrate_server::Error::NothingFound { looked } => {
            let looked: Vec<String> =
                looked.iter().map(|looked| format!("\n  {}: {}", looked.place, looked.why)).collect();
            Failure::new(
                Code::M0841,
                format!("found no PostgreSQL to start for a scratch database; looked at:{}", looked.concat()),
                "name a server where a scratch database may be made, `--dev-url URL`, or install PostgreSQL",
            )
        }
        other => Failure::new(
            of_other(other.code()),
            other,
            "or name a server where a scratch database may be made: `--dev-url URL`",
        ),
    }
}
