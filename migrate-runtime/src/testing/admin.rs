//! The connections by which test databases are made and dropped, and the thread that drives them: a test's own runtime
//! ends with the test, and its database has to be dropped after that.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::error::{Kind, TestDbError};
use super::{names, sweep};
use crate::connect::{self, Connected};

/// A server, as this process sees it.
pub(super) struct Admin {
    url: String,
    pub(super) role: String,
    /// The one that advisory locks belong to.
    pub(super) database: String,
    /// Whether it is by `STRATEGY file_copy` that a copy is made soonest.
    pub(super) copies_files: bool,
    idle: Arc<Mutex<Vec<Client>>>,
    /// How many statements are under way at once: more than there are processors makes each of them slower.
    room: Semaphore,
}

/// A connection for a while.
pub(super) struct Lease<'a> {
    client: Option<Client>,
    /// A lock that nobody else may come to hold by taking over the connection.
    held: Option<i64>,
    admin: &'a Admin,
    _permit: SemaphorePermit<'a>,
}

impl Admin {
    /// That of a URL, which this process has once.
    pub(super) async fn of(url: &str) -> Result<Arc<Self>, TestDbError> {
        static ALL: Mutex<BTreeMap<String, Arc<OnceCell<Arc<Admin>>>>> = Mutex::new(BTreeMap::new());
        let cell = Arc::clone(lock(&ALL).entry(url.to_owned()).or_default());
        cell.get_or_try_init(|| Self::new(url)).await.cloned()
    }

    async fn new(url: &str) -> Result<Arc<Self>, TestDbError> {
        let (client, [role, database, version, fsync]) = open(url).await?;
        let room = thread::available_parallelism().map_or(2, usize::from);
        let (idle, room) = (Arc::new(Mutex::new(vec![client])), Semaphore::new(room));
        // Since PostgreSQL 15 a copy is by default written to the log, page by page. To copy files is sooner done where the
        // two checkpoints that it takes need not wait for a disk, and much later where they do.
        let copies_files = version.parse::<u32>().is_ok_and(|version| version >= 150_000) && fsync == "off";
        let admin = Self { url: url.to_owned(), role, database, copies_files, idle, room };
        sweep::sweep(&mut admin.lease().await?).await?;
        Ok(Arc::new(admin))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn lease(&self) -> Result<Lease<'_>, TestDbError> {
        let no_room = |_| Kind::Background("is at its end".to_owned());
        let permit = self.room.acquire().await.map_err(no_room)?;
        let idle = loop {
            // In a statement of its own, so that nobody waits for the lock.
            let idle = lock(&self.idle).pop();
            match idle {
                Some(client) if client.is_closed() => {}
                idle => break idle,
            }
        };
        let client = match idle {
            Some(client) => client,
            None => open(&self.url).await?.0,
        };
        Ok(Lease { client: Some(client), held: None, admin: self, _permit: permit })
    }
}

impl Lease<'_> {
    /// Sends a message, and collects the rows.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
        match &self.client {
            Some(client) => rows(client, sql).await,
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn execute(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.rows(sql).await.map(drop)
    }

    /// Takes an advisory lock unless somebody has it. A process that dies loses its connection, and with that the lock.
    pub(super) async fn try_lock(&mut self, key: i64) -> Result<bool, tokio_postgres::Error> {
        self.held = Some(key);
        let rows = self.rows(&format!("SELECT pg_try_advisory_lock({key})")).await?;
        let is_taken = rows.first().and_then(|row| row.get(0)) == Some("t");
        self.held = is_taken.then_some(key);
        Ok(is_taken)
    }

    pub(super) async fn unlock(&mut self, key: i64) -> Result<(), tokio_postgres::Error> {
        self.execute(&unlock(key)).await?;
        self.held = None;
        Ok(())
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        match (self.held, background()) {
            // Its test was dropped in mid-air. The connection is not: it is perhaps the one that says that we live.
            (Some(key), Ok(background)) => {
                let idle = Arc::clone(&self.admin.idle);
                background.spawn(async move {
                    if rows(&client, &unlock(key)).await.is_ok() {
                        lock(&idle).push(client);
                    }
                });
            }
            _ => lock(&self.admin.idle).push(client),
        }
    }
}

fn unlock(key: i64) -> String {
    format!("SELECT pg_advisory_unlock({key})")
}

/// Connects, and has the background drive the connection.
pub(super) async fn connect(url: &str) -> Result<Client, TestDbError> {
    let url = url.to_owned();
    let opened = background()?.spawn(async move {
        let Connected { client, connection, .. } = connect::connect(&url).await.map_err(Kind::Connect)?;
        tokio::spawn(connection);
        Ok::<_, Kind>(client)
    });
    Ok(opened.await.map_err(|error| Kind::Background(error.to_string()))??)
}

/// Where connections live on that no test owns.
pub(super) fn background() -> Result<Handle, TestDbError> {
    static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = lock(&HANDLE);
    if let Some(handle) = &*started {
        return Ok(handle.clone());
    }
    let failed = |error: std::io::Error| Kind::Background(format!("cannot be started: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().name("test databases".to_owned());
    thread.spawn(move || runtime.block_on(pending::<()>())).map_err(failed)?;
    *started = Some(handle.clone());
    Ok(handle)
}

/// A connection that says by a lock that this process is alive; with its role, its database, the server's version and
/// whether that waits for its disk.
async fn open(url: &str) -> Result<(Client, [String; 4]), TestDbError> {
    let client = connect(url).await?;
    // Nothing here is to be found by another path, nor cut short by what is usual for a service.
    let greeting = format!(
        "SET search_path = pg_catalog, pg_temp; \
         SELECT set_config(name, '0', false) FROM pg_settings \
         WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout', 'transaction_timeout'); \
         SELECT current_user, current_database(), current_setting('server_version_num'), current_setting('fsync'), \
         pg_try_advisory_lock_shared({})",
        names::lock_key(names::this_process())
    );
    let doing = "asking the server of the test databases who we are there";
    let rows = rows(&client, &greeting).await.map_err(TestDbError::server(doing))?;
    let text = |index| rows.last().and_then(|row| row.get(index)).unwrap_or_default().to_owned();
    Ok((client, [0, 1, 2, 3].map(text)))
}

async fn rows(client: &Client, sql: &str) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows.collect())
}

/// What a thread that panicked has left locked is as good as ever: each change is one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
