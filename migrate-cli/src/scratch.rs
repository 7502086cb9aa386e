//! A database that is there for a while: on a server of our own, or on one that is named. What it is made on is not
//! touched.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use migrate_runtime::tokio_postgres::error::SqlState;
use migrate_runtime::tokio_postgres::{Client, Error};
use migrate_server::{Options, Server};
use tokio::task::JoinHandle;

use migrate_source::Code;

use crate::failure::{Failure, of_other};

/// Of the scratch databases of this process.
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A scratch database.
pub(crate) struct Scratch {
    server: Server,
    /// To the database that the URL names, from which the scratch database is made and dropped.
    home: Connection,
    name: String,
    made: u32,
    /// What a server of our own has to have, since somebody names them.
    roles: BTreeSet<String>,
}

/// The scratch databases that are on servers of others now: where, and which.
static LEFT: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn left() -> MutexGuard<'static, Vec<(String, String)>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops a scratch database, whatever is going on there.
async fn drop_database(home: &Client, server: &Server, name: &str) -> Result<(), Error> {
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    match home.batch_execute(&drop).await {
        // One that has subscriptions is not dropped, not even so.
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
            if let Ok(scratch) = Connection::open(&server.url_of(name)).await {
                let without = scratch.client.batch_execute(WITHOUT_SUBSCRIPTIONS).await;
                scratch.close().await;
                without?;
            }
            home.batch_execute(&drop).await
        }
        dropped => dropped,
    }
}

/// Drops the subscriptions without a word to their publishers, whose slots may be in use. Who is still at work on them is
/// sent away first.
const WITHOUT_SUBSCRIPTIONS: &str = "DO $$ DECLARE subscription name; BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    FOR subscription IN SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = current_database() LOOP
        EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', subscription);
        EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subscription);
        EXECUTE format('DROP SUBSCRIPTION %I', subscription);
    END LOOP;
END $$";

/// Does the work, and stops at Ctrl-C. The scratch databases are dropped then too.
///
/// # Errors
///
/// Those of the work, or that it was interrupted.
pub(crate) async fn until_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => {
            if done.is_err() {
                drop_left().await?;
            }
            return done;
        }
        _ = tokio::signal::ctrl_c() => {}
    }
    drop_left().await?;
    Err(Failure::interrupted("the scratch databases are dropped, and nothing was written"))
}

/// Drops what work that did not come to its end has left on servers of others.
pub(crate) async fn drop_left() -> Result<(), Failure> {
    let databases = std::mem::take(&mut *left());
    for (url, name) in databases {
        let home = Connection::open(&url).await?;
        let dropped = drop_database(&home.client, &Server::given(&url), &name).await;
        home.close().await;
        dropped.map_err(|error| not_dropped(&name, &error))?;
    }
    Ok(())
}

/// The role that is not there, by PostgreSQL's words.
fn missing_role(text: &str) -> Option<&str> {
    let (before, _) = text.split_once("\" does not exist")?;
    before.rsplit_once("role \"").map(|(_, role)| role).filter(|role| !role.contains('\n'))
}

fn not_dropped(name: &str, error: &Error) -> Failure {
    let why = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    Failure::new(
        Code::M0842,
        format!("{name} is left over: {why}"),
        format!("drop it by hand: DROP DATABASE {name}"),
    )
}

/// What to do about it: on a server of somebody else's no role is made.
pub(crate) fn about_roles(failure: Failure) -> Failure {
    match missing_role(failure.text()) {
        Some(role) => {
            let what = failure.text().split("\nhelp: ").next().unwrap_or_default();
            let what = what.split("\nnext: ").next().unwrap_or_default();
            let role = migrate_schema::quoted(&[role]);
            Failure::new(
                Code::M0843,
                what,
                format!("roles belong to the server: CREATE ROLE {role} on that of --dev-url"),
            )
        }
        None => failure,
    }
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
    pub(crate) async fn close(mut self) {
        drop(self.client);
        let goodbye = tokio::time::timeout(Duration::from_secs(1), &mut self.driver);
        if goodbye.await.is_err() {
            self.driver.abort();
        }
    }
}

impl Scratch {
    /// Without a URL it starts a server that ends with this value. `DATABASE_URL` is not looked at.
    pub(crate) async fn new(dev_url: Option<&str>) -> Result<Self, Failure> {
        let server = match dev_url {
            Some(url) => Server::given(url),
            None => private()?,
        };
        let home = Connection::open_on(&server, server.url()).await?;
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
            let home = Connection::open_on(&server, server.url()).await?;
            std::mem::replace(&mut self.home, home).close().await;
            self.server = server;
            self.make_roles().await?;
        }
        self.made += 1;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.name = format!("migrate_scratch_{}_{number}", std::process::id());
        // What a site has put into template1 is not the folder's.
        self.run(&format!("CREATE DATABASE {} TEMPLATE template0", self.name)).await?;
        if !self.server.is_private() {
            left().push((self.server.url().to_owned(), self.name.clone()));
        }
        Connection::open_on(&self.server, &self.server.url_of(&self.name)).await
    }

    /// Whether it failed since a role is not there that can be: roles belong to the server, and one of our own has those that
    /// somebody names. They are on it when the database is made anew.
    pub(crate) fn will_have_role(&mut self, failure: &Failure) -> bool {
        let role = missing_role(failure.text()).filter(|_| self.server.is_private());
        role.is_some_and(|role| self.roles.insert(role.to_owned()))
    }

    /// The same of whom another one has.
    pub(crate) async fn have_roles_of(&mut self, other: &Self) -> Result<(), Failure> {
        self.roles.extend(other.roles.iter().cloned());
        self.make_roles().await
    }

    async fn make_roles(&self) -> Result<(), Failure> {
        for role in self.roles.iter().filter(|_| self.server.is_private()) {
            let sql = format!("CREATE ROLE {}", migrate_schema::quoted(&[role]));
            match self.home.client.batch_execute(&sql).await {
                Err(error) if error.code() != Some(&SqlState::DUPLICATE_OBJECT) => {
                    return Err(Failure::new(
                        Code::M0843,
                        format!("{sql}: {error}"),
                        "create the role in a migration",
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
        left().retain(|(_, other)| *other != name);
        Ok(())
    }

    async fn run(&self, sql: &str) -> Result<(), Failure> {
        self.home.client.batch_execute(sql).await.map_err(|error| {
            let why =
                error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            Failure::new(
                Code::M0842,
                format!("{sql}: {why}"),
                "the role of `--dev-url` must be allowed to create databases: ALTER ROLE … CREATEDB",
            )
        })
    }
}

/// Drops a database and creates it with the same owner, encoding and locale; creates it where there is none.
pub(crate) async fn recreate(url: &str, name: &str) -> Result<(), Failure> {
    // Nobody can drop what they are connected to.
    let other = if name == "postgres" { "template1" } else { "postgres" };
    let home = Connection::open(&Server::given(url).url_of(other)).await?;
    let done = recreate_from(&home.client, name).await;
    home.close().await;
    done.map_err(|error| {
        let why = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
        Failure::new(
            Code::M0842,
            format!("{name} cannot be built anew: {why}"),
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
