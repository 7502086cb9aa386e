//! Migrations without a transaction that one process takes over from another: the other is dead, or only slow.

use std::net::SocketAddr;
use std::sync::Arc;

use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::{Client, Config, NoTls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, HISTORY, address, moved, set, value};

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
    let script =
        "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY i;\nCREATE INDEX CONCURRENTLY i ON t (b);";
    let set = set(&[TABLE, ("0002_i.sql", script)]);
    let delay = Delay::default();
    let slow = moved(&db.url, delay.of("*/ DROP INDEX", &db.url).await);
    let takeover = async {
        delay.is_held.notified().await;
        let report = set.run(&mut db.connect().await).await.unwrap();
        assert_eq!(report.applied().len(), 1);
        delay.let_go.notify_one();
    };
    let (slow, ()) = tokio::join!(set.run_url(&slow), takeover);
    assert_eq!(slow.unwrap_err().version(), Some(2));
    assert_eq!(db.value("SELECT pg_get_indexdef('i'::regclass) LIKE '%(b)'").await, "t");
    assert_eq!(db.value(HISTORY).await, "1,2");
}

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
        let claim = "UPDATE schema_migrations SET state = 'running', claim = 'migrate_other', applied_by = session_user, \
                     claimed_at = now() - interval '11 s', backend_pid = pg_backend_pid(), backend_start = \
                     (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) WHERE version = 2";
        holder.batch_execute(claim).await.unwrap();
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
