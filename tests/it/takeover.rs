//! Migrations without a transaction that one process takes over from another: the other is dead, or only slow.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use migrate_runtime::tokio_postgres::{Client, Config, NoTls};
use migrate_runtime::{BoxError, Error, Hooks, MigrationSet, Report, Runner, Step};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, HISTORY, address, connect, moved, set, until, value};

const TABLE: (&str, &str) = ("0001_t.sql", "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a);");

/// A network that keeps what contains this text, and all that comes after it, until it may let go.
#[derive(Clone, Default)]
struct Delay {
    is_held: Arc<Notify>,
    let_go: Arc<Notify>,
}

impl Delay {
    async fn of(&self, text: &'static str, url: &str) -> SocketAddr {
        let (target, delay) = (address(url), self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&target).await.unwrap();
            let (mut to_server, mut to_client) = (vec![0; 65536], vec![0; 65536]);
            loop {
                tokio::select! {
                    read = client.read(&mut to_server) => {
                        let Ok(n @ 1..) = read else { return };
                        if to_server[..n].windows(text.len()).any(|window| window == text.as_bytes()) {
                            delay.is_held.notify_one();
                            delay.let_go.notified().await;
                        }
                        if server.write_all(&to_server[..n]).await.is_err() { return }
                    }
                    read = server.read(&mut to_client) => {
                        let Ok(n @ 1..) = read else { return };
                        if client.write_all(&to_client[..n]).await.is_err() { return }
                    }
                }
            }
        });
        address
    }
}

/// The process that takes over sees to it that nothing of the other's arrives any more.
#[tokio::test]
async fn a_delayed_statement_does_not_run_after_the_takeover() {
    let db = Db::new().await;
    let slow = delayed(&db, &db.url, &db.url).await;
    assert_eq!(slow.unwrap_err().version(), Some(2));
    assert_eq!(db.value("SELECT pg_get_indexdef('i'::regclass) LIKE '%(b)'").await, "t");
}

/// Two processes by these logins, one of them behind a network that delays its first statement, and how that one ended.
async fn delayed(db: &Db, slow: &str, other: &str) -> Result<Report, Error> {
    let script =
        "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY i;\nCREATE INDEX CONCURRENTLY i ON t (b);";
    set(&[TABLE]).run_url(slow).await.unwrap();
    let set = set(&[TABLE, ("0002_i.sql", script)]);
    let delay = Delay::default();
    let url = moved(slow, delay.of("*/ DROP INDEX", slow).await);
    let takeover = async {
        delay.is_held.notified().await;
        assert_eq!(set.run_url(other).await.unwrap().applied().len(), 1);
        delay.let_go.notify_one();
    };
    let (slow, ()) = tokio::join!(set.run_url(&url), takeover);
    assert_eq!(db.value(HISTORY).await, "1,2");
    slow
}

/// Roles that migrate by a third one, which owns the tables: each login's session begins as that.
async fn logins(db: &Db, names: &[&str]) -> (String, Vec<String>) {
    let owner = format!("{}_owner", db.name);
    db.execute(&format!("CREATE ROLE {owner}; GRANT ALL ON SCHEMA public TO {owner}")).await;
    let (host, port) = address(&db.url);
    let mut urls = Vec::new();
    for name in names {
        let role = format!("{}_{name}", db.name);
        let login = format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'pw' IN ROLE {owner}; ALTER ROLE {role} SET role = '{owner}'"
        );
        db.execute(&login).await;
        urls.push(format!("postgres://{role}:pw@{host}:{port}/{}", db.name));
    }
    (owner, urls)
}

async fn drop_logins(db: &Db, owner: &str, names: &[&str]) {
    let roles: Vec<String> = names.iter().map(|name| format!("{}_{name}", db.name)).collect();
    let roles = roles.join(", ");
    db.execute(&format!("DROP OWNED BY {owner}; DROP OWNED BY {roles}; DROP ROLE {owner}, {roles}")).await;
}

#[tokio::test]
async fn a_login_ends_its_own_session_whatever_role_is_set() {
    let db = Db::new().await;
    let (owner, urls) = logins(&db, &["app"]).await;
    let slow = delayed(&db, &urls[0], &urls[0]).await;
    assert_eq!(slow.unwrap_err().version(), Some(2));
    assert_eq!(db.value("SELECT pg_get_indexdef('i'::regclass) LIKE '%(b)'").await, "t");
    drop_logins(&db, &owner, &["app"]).await;
}

/// Nothing can keep the statement from running: the process that it is of reports it.
#[tokio::test]
async fn a_statement_that_ran_after_the_takeover_is_reported() {
    let db = Db::new().await;
    let (owner, urls) = logins(&db, &["app", "other"]).await;
    let error = delayed(&db, &urls[0], &urls[1]).await.unwrap_err();
    assert_eq!(error.code().as_str(), "M0618", "{error}");
    drop_logins(&db, &owner, &["app", "other"]).await;
}

/// Makes the second migration one that this session has begun, and of which nothing was heard since.
const CLAIM: &str = "UPDATE schema_migrations SET state = 'running', claim = 'migrate_other', applied_by = session_user, \
                     claimed_at = now() - interval '11 s', backend_pid = pg_backend_pid(), backend_start = \
                     (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) WHERE version = 2";

/// A role without rights on the sessions of the one that has claimed the second migration, and such a session.
struct Unseen {
    db: Db,
    role: String,
    client: Client,
    holder: Client,
    set: MigrationSet,
}

impl Unseen {
    async fn new() -> Self {
        let db = Db::new().await;
        let role = format!("{}_owner", db.name);
        db.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'; GRANT ALL ON SCHEMA public TO {role}"))
            .await;
        let mut config: Config = db.url.parse().unwrap();
        let (mut client, connection) = config.user(&role).password("pw").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let with = |statement: &str| {
            set(&[TABLE, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statement};"))])
        };
        with("VACUUM nowhere").run(&mut client).await.unwrap_err();
        let holder = db.connect().await;
        holder.batch_execute(CLAIM).await.unwrap();
        Self { db, role, client, holder, set: with("VACUUM t") }
    }

    async fn end(self) {
        self.db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}", role = self.role)).await;
    }
}

/// Behind a pooler, or at the end of a half-open connection: the backend is there and idle, and holds no lock.
#[tokio::test]
async fn an_idle_session_that_may_not_be_seen_is_not_waited_for() {
    let mut unseen = Unseen::new().await;
    unseen.set.run(&mut unseen.client).await.unwrap();
    assert_eq!(value(&unseen.client, HISTORY).await, "1,2");
    unseen.end().await;
}

/// A pooler gives the backend of a process that was killed to the next one. Where another role is set, a session may not even
/// see itself.
#[tokio::test]
async fn the_session_that_asks_is_not_waited_for() {
    let db = Db::new().await;
    let (owner, urls) = logins(&db, &["app"]).await;
    let with =
        |statement: &str| set(&[TABLE, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statement};"))]);
    let mut client = connect(&urls[0]).await;
    with("VACUUM nowhere").run(&mut client).await.unwrap_err();
    client.batch_execute(CLAIM).await.unwrap();
    with("VACUUM t").run(&mut client).await.unwrap();
    assert_eq!(value(&client, HISTORY).await, "1,2");
    drop(client);
    drop_logins(&db, &owner, &["app"]).await;
}

#[tokio::test]
async fn a_session_at_work_that_may_not_be_seen_is_waited_for() {
    let mut unseen = Unseen::new().await;
    let pid = value(&unseen.holder, "SELECT pg_backend_pid()").await;
    unseen.holder.batch_execute("BEGIN; SELECT 1").await.unwrap();
    let log = Log::default();
    let holder = &unseen.holder;
    let end = async {
        log.until(&format!("waiting for pid {pid} (role ")).await;
        assert_eq!(value(holder, "SELECT state FROM schema_migrations WHERE version = 2").await, "running");
        holder
            .batch_execute("UPDATE schema_migrations SET claim = NULL WHERE version = 2; COMMIT")
            .await
            .unwrap();
    };
    let (report, ()) = tokio::join!(log.of(Level::INFO, unseen.set.run(&mut unseen.client)), end);
    assert_eq!(report.unwrap().applied().len(), 1);
    unseen.end().await;
}

/// Holds a run between what it has read and its claim.
struct Held {
    has_read: Sender<()>,
    may_go_on: Mutex<Receiver<()>>,
}

impl Hooks for Held {
    fn before_migration(&self, _: &Step<'_>) -> Result<(), BoxError> {
        // The second time nobody listens any more.
        let _ = self.has_read.send(());
        let _ = self.may_go_on.lock().unwrap().recv();
        Ok(())
    }
}

/// Two find the claim of a dead process. The one that comes later leaves the other one's session alone.
#[tokio::test]
async fn a_process_that_took_over_before_is_waited_for() {
    let db = Db::new().await;
    let with =
        |statement: &str| set(&[TABLE, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statement};"))]);
    with("VACUUM nowhere").run(&mut db.connect().await).await.unwrap_err();
    let (third, watcher) = (db.connect().await, db.connect().await);

    let (has_read, read) = channel();
    let (go_on, may_go_on) = channel();
    let (late, url) = (with("VACUUM t"), db.url.clone());
    let run = std::thread::spawn(move || {
        let held = Held { has_read, may_go_on: Mutex::new(may_go_on) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Runner::new(&late).hooks(&held).run_url(&url)).unwrap().applied().len()
    });
    tokio::task::spawn_blocking(move || read.recv()).await.unwrap().unwrap();
    let claim = CLAIM.replace("now() - interval '11 s'", "now()");
    third.batch_execute(&format!("/* migrate_other */ {claim}")).await.unwrap();
    drop(go_on);
    until(&watcher, "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT version, EXISTS (SELECT FROM pg_catalog.pg_stat_activity%' AND pid <> pg_backend_pid()").await;
    third.batch_execute("UPDATE schema_migrations SET claim = NULL WHERE version = 2").await.unwrap();
    assert_eq!(tokio::task::spawn_blocking(move || run.join().unwrap()).await.unwrap(), 1);
    assert_eq!(value(&watcher, HISTORY).await, "1,2");
}
