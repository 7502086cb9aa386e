//! A password ends up nowhere: in no message, no `Debug`, no event at the level TRACE, and no panic.

use std::fmt::{Debug, Display, Write as _};

use migrate_runtime::Runner;
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, set};

/// As it is, and as it stands in a URL.
const RAW: &str = "hunter2:/@ä%'\\ ?#";
const ENCODED: &str = "hunter2%3A%2F%40%C3%A4%25%27%5C%20%3F%23";
/// What is left of it when it is cut anywhere.
const PIECES: [&str; 3] = ["hunter2", "%C3%A4%25", "ä%'"];

#[track_caller]
fn is_silent(text: &str) {
    for piece in PIECES {
        assert!(!text.contains(piece), "{piece:?} is in {text}");
    }
}

/// All that can be made of an error.
fn all_of<T: Display + Debug + std::error::Error>(error: &T) -> String {
    let mut text = format!("{error} {error:#} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, " {cause} {cause:#} {cause:?} {cause:#?}").unwrap();
        source = cause.source();
    }
    text
}

/// A role whose password is the secret, and the ways to write how it connects.
struct Scene {
    db: Db,
    role: String,
    authority: String,
}

impl Scene {
    async fn new() -> Self {
        let db = Db::new().await;
        let role = format!("{}_secret", db.name);
        let password = RAW.replace('\'', "''");
        db.execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD '{password}'; GRANT ALL ON SCHEMA public TO {role}"
        ))
        .await;
        let (_, rest) = db.url.split_once('@').unwrap();
        let authority = rest.split_once('/').unwrap().0.to_owned();
        Self { db, role, authority }
    }

    fn url(&self) -> String {
        format!("postgres://{}:{ENCODED}@{}/{}", self.role, self.authority, self.db.name)
    }

    fn words(&self) -> String {
        let (host, port) = self.authority.rsplit_once(':').unwrap();
        let password = RAW.replace('\\', "\\\\").replace('\'', "\\'");
        format!("host={host} port={port} user={} password='{password}' dbname={}", self.role, self.db.name)
    }

    async fn end(self) {
        self.db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}", role = self.role)).await;
    }
}

#[tokio::test]
async fn runs_that_succeed_and_runs_that_fail() {
    let scene = Scene::new().await;
    let good = set(&[("0001_a.sql", "CREATE TABLE a (id int); DROP TABLE IF EXISTS nowhere;")]);
    let bad = set(&[
        ("0001_a.sql", "CREATE TABLE a (id int); DROP TABLE IF EXISTS nowhere;"),
        (
            "0002_b.sql",
            "-- migrate: no-transaction\nLOCK TABLE a NOWAIT; SELECT pg_sleep(0.4); SELECT 1 / 0;",
        ),
    ]);
    for string in [scene.url(), scene.words()] {
        let log = Log::default();
        let report = log.of(Level::TRACE, good.run_url(&string)).await.unwrap();
        is_silent(&format!("{report} {report:?}"));
        let runner = Runner::new(&bad).watch_url(&string).lock_timeout(std::time::Duration::from_millis(100));
        is_silent(&format!("{runner:?} {runner:#?}"));
        let error = log.of(Level::TRACE, runner.run_url(&string)).await.unwrap_err();
        assert!(error.is_migration(), "{error}");
        is_silent(&all_of(&error));
        is_silent(&log.text());
        assert!(log.count(&["migrations are pending"]) > 0, "{}", log.text());
        let (client, connection) = migrate_runtime::connect(&string).await.unwrap();
        is_silent(&format!("{client:?}"));
        drop((client, connection));
    }
    scene.end().await;
}

#[tokio::test]
async fn connections_that_fail() {
    let scene = Scene::new().await;
    let set = set(&[("0001_a.sql", "SELECT 1;")]);
    let (url, words) = (scene.url(), scene.words());
    let port = scene.authority.rsplit_once(':').unwrap().1;
    let wrong = [
        // Wrong password, database, port, host.
        url.replace(ENCODED, &format!("{ENCODED}x")),
        words.replace("password='", "password='x"),
        format!("{}/nowhere", url.rsplit_once('/').unwrap().0),
        url.replace(&format!(":{port}/"), ":1/"),
        words.replace(&format!("port={port}"), "port=1"),
        url.replace("127.0.0.1", "no-such-host.invalid"),
        // Not encoded, so that it is read as something else.
        url.replace(ENCODED, RAW),
        url.replace(ENCODED, "hunter2/"),
        url.replace(ENCODED, "hunter2?x"),
        url.replace(ENCODED, "hunter2#"),
        url.replace(ENCODED, "hunter2%"),
        url.replace(ENCODED, "hunter2%FF"),
        url.replace("postgres://", "postgress://"),
        url.replace("postgres://", ""),
        // Malformed otherwise.
        format!("{url}?hunter2=1"),
        format!("{url}?password=hunter2&sslmode=hunter2"),
        format!("{url}?connect_timeout=hunter2"),
        words.replace("password='", "password="),
        format!("{words} hunter2"),
        format!("{words} hunter2=x"),
        format!("{words} sslmode='hunter2"),
        words.replace("port=", "port=hunter2"),
        format!("hunter2 {words}"),
        // What is a name to the server, which repeats it.
        url.replace(&format!(":{ENCODED}"), &format!("%3A{ENCODED}")),
        url.replace(&format!(":{ENCODED}"), "%3Ahunter2"),
        url.replace(&format!(":{ENCODED}@"), "%3Ahunter2%40"),
        url.replace(&format!(":{ENCODED}"), ",hunter2"),
        url.replace(&format!(":{ENCODED}"), "/hunter2"),
        url.replace(&format!(":{ENCODED}"), "|hunter2"),
        url.replace(&format!(":{ENCODED}"), "%20hunter2"),
        format!("{url}?user=u/hunter2@"),
        format!("{url}%3Ahunter2"),
        format!("{url}%3Fpassword=hunter2"),
        format!("{url};pwd=hunter2"),
        format!("{url}?options=-c%20hunter2%3D1%20-c%20app.password%3Dhunter2"),
        format!("jdbc:{url}"),
        "jdbc:postgresql://127.0.0.1/d?user=u&password=hunter2".to_owned(),
        format!("{words} sslpassword=hunter2"),
    ];
    for string in &wrong {
        let log = Log::default();
        let result = log.of(Level::TRACE, set.run_url(string)).await;
        let error = result.as_ref().unwrap_err();
        assert!(error.is_connect(), "{error}");
        is_silent(&all_of(error));
        is_silent(&log.text());
        // What a service that unwraps it panics with.
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| result.unwrap()));
        is_silent(panic.unwrap_err().downcast_ref::<String>().unwrap());
        let Err(error) = migrate_runtime::connect(string).await else { panic!("{string} connects") };
        is_silent(&all_of(&error));
        // The second connection alone may fail.
        let runner = Runner::new(&set).watch_url(string);
        is_silent(&format!("{runner:?} {runner:#?}"));
    }
    let error = set.run_url(&wrong[0]).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("28P01"), "{error}");
    let error = set.run_url(&wrong[2]).await.unwrap_err();
    assert!(error.sqlstate() == Some("3D000") && error.to_string().contains("nowhere"), "{error}");
    scene.end().await;
}

#[tokio::test]
async fn a_second_connection_that_fails() {
    let scene = Scene::new().await;
    let first = ("0001_t.sql", "CREATE TABLE t (id int);");
    set(&[first]).run_url(&scene.url()).await.unwrap();
    let reader = scene.db.connect().await;
    reader.batch_execute("BEGIN; SELECT * FROM t").await.unwrap();
    let set = set(&[first, ("0002_c.sql", "ALTER TABLE t ADD c int;")]);
    let wrong = scene.url().replace(ENCODED, "hunter2%FF");
    let log = Log::default();
    let runner = Runner::new(&set)
        .watch_url(wrong)
        .lock_timeout(std::time::Duration::from_millis(100))
        .max_attempts(1);
    let mut client = scene.db.connect().await;
    let error = log.of(Level::TRACE, runner.run(&mut client)).await.unwrap_err();
    assert!(error.to_string().contains("because a second connection failed: "), "{error}");
    is_silent(&all_of(&error));
    is_silent(&log.text());
    reader.batch_execute("COMMIT").await.unwrap();
    scene.end().await;
}
