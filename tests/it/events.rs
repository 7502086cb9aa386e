//! What a service's log gets: spans and events of `tracing`, the server's notices, and never a password.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Db, set};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_run_and_each_migration_have_their_spans_and_notices_are_events() {
    let db = Db::new().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE a (id int); DROP TABLE IF EXISTS nowhere;"),
        ("0002_b.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY a_id_idx ON a (id);"),
        ("0003_c.sql", "SELECT * FROM nowhere;"),
    ]);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    set.run_url(&db.url).with_subscriber(subscriber).await.unwrap_err();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let has = |pieces: &[&str]| log.lines().any(|line| pieces.iter().all(|piece| line.contains(piece)));
    assert!(has(&["INFO migrate{folder=\"migrations\"", "migrations are pending pending=3"]), "{log}");
    assert!(has(&["INFO migrate{", "migration{version=1 stem=\"0001_a\"}", "applied duration="]), "{log}");
    assert!(has(&["INFO migrate{", "migration{version=2 stem=\"0002_b\"}", "applied duration="]), "{log}");
    assert!(has(&["ERROR", "migrations/0003_c.sql:1:15"]), "{log}");
    assert!(has(&["migrate_runtime::notice: table \"nowhere\" does not exist, skipping"]), "{log}");
    let config: migrate_runtime::tokio_postgres::Config = db.url.parse().unwrap();
    if let Some(password) = config.get_password() {
        assert!(!log.contains(std::str::from_utf8(password).unwrap()), "{log}");
    }
}
