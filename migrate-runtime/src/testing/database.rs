//! A test's own database: it is there as long as this value.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fmt, thread};

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::admin::{self, Admin};
use super::blueprint::Blueprint;
use super::create::{create, drop_database};
use super::error::{Kind, TestDbError};
use super::keep::Keep;
use super::mark::Mark;
use super::names;
use super::template::Template;
use crate::Runner;
use crate::connect::Conninfo;
use crate::connect::parameter::{percent_encoded, with_database};
use crate::dotenv;
use crate::runner::Compiled;

/// A database with the migrations applied, which nobody else has. It is dropped with this value.
///
/// See [the module](super) for where it comes from.
pub struct TestDb(Arc<Inner>);

struct Inner {
    admin: Arc<Admin>,
    name: String,
    url: String,
    /// The thread that asked for it, which a test runner calls like the test.
    test: String,
    is_there: AtomicBool,
    has_failed: AtomicBool,
}

/// What `DATABASE_URL` is, in the environment or else in `.env`.
fn given() -> Result<Option<String>, TestDbError> {
    const NAME: &str = "DATABASE_URL";
    let of_process = std::env::var(NAME).ok().filter(|url| !url.trim().is_empty());
    match of_process {
        Some(url) => Ok(Some(url)),
        None => Ok(dotenv::get(Path::new("."), NAME).map_err(Kind::Dotenv)?),
    }
}

/// How long a test waits at its end for the server to drop its database. What is left then goes with a later run.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a template may be gone before it can be copied.
const ATTEMPTS: usize = 3;

impl TestDb {
    /// A new database, on the server of `DATABASE_URL`, also of a file `.env`, or else on that of the blueprint: a [`MigrationSet`](crate::MigrationSet), a
    /// [`Runner`], or what implements [`Blueprint`].
    ///
    /// It takes as long as the server takes to copy a database, but for the first of a new set, which applies the
    /// migrations; and a tokio runtime with time and I/O.
    ///
    /// # Errors
    ///
    /// There is no server; its role may not create databases; the migrations fail.
    pub async fn new(blueprint: &impl Blueprint) -> Result<Self, TestDbError> {
        let url = match given()? {
            Some(url) => url,
            None => blueprint.server().ok_or(Kind::NoServer)?,
        };
        Self::on(&url, blueprint).await
    }

    /// A new database on this server, whatever else is said of one. The URL names a database that exists; it is left alone.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub async fn on(url: &str, blueprint: &impl Blueprint) -> Result<Self, TestDbError> {
        let runner = blueprint.runner().map_err(Kind::Blueprint)?;
        Self::make(url, &runner).await
    }

    fn make<'f>(url: &'f str, runner: &'f Runner<'_>) -> Compiled<'f, Result<Self, TestDbError>> {
        Box::pin(async move {
            let admin = Admin::of(url).await?;
            let template = Template::of(runner, &admin);
            let db = Self(Arc::new(Inner::new(admin, names::new_database())));
            let Inner { admin, name, is_there, .. } = &*db.0;
            for attempt in 1.. {
                template.ensure(admin, runner).await?;
                let lease = admin.lease().await?;
                // Also where this future is dropped while the server is at it.
                is_there.store(true, Ordering::Release);
                match create(admin, &lease, name, Some(&template.name)).await {
                    Ok(()) => break,
                    // Somebody has swept it up: it was a day old.
                    Err(error) if error.sqlstate() == Some(SqlState::INVALID_CATALOG_NAME.code()) => {
                        if attempt == ATTEMPTS {
                            return Err(error);
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            if Keep::wanted() == Keep::All {
                db.0.keep().await?;
            }
            Ok(db)
        })
    }

    /// The URL of the database, for any driver. It holds the password.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// What the database is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A new connection to it, as [`connect`](crate::connect()) makes them, whose other end is looked after until the client
    /// is dropped.
    ///
    /// # Errors
    ///
    /// The server takes no further connection, for example.
    pub async fn connect(&self) -> Result<Client, TestDbError> {
        admin::connect(self.url()).await
    }

    /// Drops the database, whoever is connected to it; unless it is to be kept. Without this it is dropped all the same,
    /// and nobody is told where that fails.
    ///
    /// # Errors
    ///
    /// The server does not drop it: a prepared transaction or a replication slot is in it, for example.
    pub async fn close(self) -> Result<(), TestDbError> {
        self.0.end().await
    }

    /// The same database once more, for who calls a test.
    pub(super) fn another(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Its test has failed, without a panic that could be seen here.
    pub(super) fn has_failed(&self) {
        self.0.has_failed.store(true, Ordering::Release);
    }

    /// Where it is, if it is kept, without the password.
    pub(super) fn kept(&self) -> Option<String> {
        let is_kept = self.0.is_there.load(Ordering::Acquire) && self.0.is_kept();
        is_kept.then(|| shown(&self.0.url)).flatten()
    }
}

impl Inner {
    fn new(admin: Arc<Admin>, name: String) -> Self {
        let url = with_database(admin.url(), &name);
        let test = thread::current().name().unwrap_or("a test").to_owned();
        let (is_there, has_failed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { admin, name, url, test, is_there, has_failed }
    }

    fn is_kept(&self) -> bool {
        Keep::wanted().keeps(thread::panicking() || self.has_failed.load(Ordering::Acquire))
    }

    /// Says that nobody shall drop it.
    async fn keep(&self) -> Result<(), TestDbError> {
        let mark = Mark::Kept { test: self.test.clone() }.sql(&self.name);
        let marked = self.admin.lease().await?.execute(&mark).await;
        marked.map_err(TestDbError::server(format!("keeping the database {}", self.name)))
    }

    async fn end(&self) -> Result<(), TestDbError> {
        if !self.is_there.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        if self.is_kept() {
            return self.keep().await;
        }
        drop_database(&self.admin.lease().await?, &self.name).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.is_there.load(Ordering::Acquire) {
            return;
        }
        let Ok(background) = admin::background() else {
            return;
        };
        // The runtime of the test cannot be used any more, and whether it panics is known on this thread only.
        let is_kept = self.is_kept();
        let last = Self {
            admin: Arc::clone(&self.admin),
            name: self.name.clone(),
            url: self.url.clone(),
            test: self.test.clone(),
            is_there: AtomicBool::new(true),
            has_failed: AtomicBool::new(is_kept),
        };
        let (done, is_done) = std::sync::mpsc::channel();
        background.spawn(async move {
            if let Err(error) = last.end().await {
                tracing::warn!(%error, "a test database is left behind");
            }
            last.is_there.store(false, Ordering::Release);
            let _ = done.send(());
        });
        let _ = is_done.recv_timeout(PATIENCE);
    }
}

impl fmt::Debug for TestDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds the password.
        f.debug_struct("TestDb").field("name", &self.0.name).finish_non_exhaustive()
    }
}

/// The URL without what is secret in it.
fn shown(url: &str) -> Option<String> {
    let conninfo = Conninfo::parse(url).ok()?;
    let user = conninfo.user().map(|user| format!("{}@", percent_encoded(&user))).unwrap_or_default();
    let database = migrate_source::masked_name(conninfo.config.get_dbname().unwrap_or_default());
    let host = conninfo.hosts.first()?;
    Some(match &host.name {
        Some(folder) if host.is_unix() => {
            format!("postgres://{user}/{database}?host={}&port={}", percent_encoded(folder), host.port)
        }
        _ => format!("postgres://{user}{}/{database}", host.place()),
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn shows_no_password() {
        let url = "postgres://u:secret@h:5433/db?sslmode=disable";
        assert_eq!(shown(url).as_deref(), Some("postgres://u@h:5433/db"));
        assert_eq!(shown("host=h password=secret dbname=d user=u").as_deref(), Some("postgres://u@h:5432/d"));
        #[cfg(unix)]
        assert_eq!(
            shown("host=/run user=u dbname=d").as_deref(),
            Some("postgres://u@/d?host=%2Frun&port=5432")
        );
    }
}
