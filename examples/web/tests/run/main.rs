//! The web service as it is deployed: probed from its first moment, stopped by signals, and on databases that do not let it
//! migrate.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod deploy;
mod process;

use migrate_server::{Options, Server};
use process::Web;

fn server() -> Server {
    // Never the server of DATABASE_URL: the example writes to the database that it is given.
    Options::new().start().unwrap_or_else(|error| panic!("{error}"))
}

/// A connection of the test's own.
async fn connect(url: &str) -> migrate_runtime::tokio_postgres::Client {
    let (client, connection) = migrate_runtime::connect(url).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn value(client: &migrate_runtime::tokio_postgres::Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// In the way of the first migration, which waits for what becomes of it.
const IN_THE_WAY: &str = "BEGIN; CREATE TABLE emails ()";

/// Whether a session waits for that.
const WAITS: &str = "SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";

/// How many tables, and how many rows of the history, there are of the first migration.
const APPLIED: &str = "SELECT (SELECT count(*) FROM pg_tables WHERE tablename = 'emails') || ' ' || \
    CASE WHEN to_regclass('schema_migrations') IS NULL THEN '0' ELSE (xpath('/row/n/text()', query_to_xml(\
    'SELECT count(*) AS n FROM schema_migrations WHERE version = 1', false, true, '')))[1]::text END";

async fn until(client: &migrate_runtime::tokio_postgres::Client, sql: &str, expected: &str) {
    for _ in 0..3000 {
        if value(client, sql).await == expected {
            return;
        }
        // Nothing tells that another session waits.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("after 30 s it still is not {expected}: {sql}");
}

#[tokio::test]
async fn it_is_alive_at_once_and_ready_when_it_has_migrated() {
    let server = server();
    let client = connect(server.url()).await;
    client.batch_execute(IN_THE_WAY).await.unwrap();

    let mut web = Web::start(server.url(), &[]);
    assert_eq!(web.get("/healthz"), (200, "alive\n".to_owned()));
    let (code, migrating) = web.get_json("/readyz");
    assert_eq!((code, &migrating["status"]), (503, &"migrating".into()));
    let digest = migrating["digest"].as_str().unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    assert_eq!(web.get("/emails/1").0, 503);

    client.batch_execute("ROLLBACK").await.unwrap();
    web.hear("the database is at 0002_emails_waiting");
    let (code, ready) = web.get_json("/readyz");
    assert_eq!((code, &ready["status"], &ready["digest"]), (200, &"ready".into(), &digest.into()));
    assert_eq!(ready["version"], "0002_emails_waiting");

    let (code, queued) = web.post("/emails", r#"{"recipient": "ada@example.org", "body": "Hello"}"#);
    assert_eq!((code, queued.as_str()), (202, r#"{"id":1}"#));
    assert_eq!(web.get_json("/emails/1").1["recipient"], "ada@example.org");
    assert_eq!(web.get("/emails/2").0, 404);
    assert_eq!(web.post("/emails", r#"{"recipient": "nobody", "body": ""}"#).0, 422);
    assert_eq!(web.post("/emails", r#"{"recipient": "ada@example.org", "body": "\u0000"}"#).0, 422);

    web.signal("TERM");
    let (code, stderr) = web.ended();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn replicas_that_start_together_all_become_ready() {
    let server = server();
    let mut replicas: Vec<Web> = (0..3).map(|_| Web::start(server.url(), &[])).collect();
    for web in &mut replicas {
        web.hear("the database is at 0002_emails_waiting");
        assert_eq!(web.get("/readyz").0, 200);
    }
    let client = connect(server.url()).await;
    let applied =
        "SELECT count(*)::text FROM schema_migrations_log WHERE action = 'apply' AND outcome = 'done'";
    assert_eq!(value(&client, applied).await, "2");
}

#[tokio::test]
async fn where_migrating_fails_it_says_so_and_ends() {
    let server = server();
    let client = connect(server.url()).await;
    client.batch_execute("CREATE TABLE emails ()").await.unwrap();

    let mut web = Web::start(server.url(), &["--linger", "600"]);
    web.hear_error("error: migrations/0001_emails.up.sql:3:1: relation \"emails\" already exists (42P07)");
    let (code, failed) = web.get_json("/readyz");
    assert_eq!((code, &failed["status"]), (503, &"failed".into()));
    let why = failed["error"].as_str().unwrap();
    assert!(
        why.starts_with("migrations/0001_emails.up.sql:3:1: relation \"emails\" already exists"),
        "{why}"
    );
    assert_eq!((web.get("/healthz").0, web.get("/emails/1").0), (200, 503));
    web.signal("TERM");
    assert_eq!(web.ended().0, Some(1));

    // By itself, once it has lingered.
    let web = Web::start(server.url(), &["--linger", "0"]);
    assert_eq!(web.ended().0, Some(1));
}

#[tokio::test]
async fn no_password_is_told_to_a_probe() {
    let mut web = Web::start("postgres://app:s3cret@127.0.0.1:1/shop", &["--linger", "600"]);
    web.hear_error("127.0.0.1:1");
    let (code, failed) = web.get("/readyz");
    assert!(code == 503 && failed.contains("127.0.0.1:1") && !failed.contains("s3cret"), "{failed}");
    web.signal("INT");
    let (code, stderr) = web.ended();
    assert!(code == Some(1) && !stderr.contains("s3cret"), "{stderr}");
}

#[tokio::test]
async fn a_signal_while_it_migrates_leaves_nothing_half_done() {
    let server = server();
    let (blocker, client) = (connect(server.url()).await, connect(server.url()).await);
    blocker.batch_execute(IN_THE_WAY).await.unwrap();
    let mut web = Web::start(server.url(), &[]);
    until(&client, WAITS, "true").await;
    web.signal("TERM");
    web.hear("stopped while migrating");
    assert_eq!(web.ended(), (Some(0), String::new()));

    // What the server still had in hand is there with its row, or not at all.
    blocker.batch_execute("ROLLBACK").await.unwrap();
    let others = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'";
    until(&client, others, "2").await;
    let applied = value(&client, APPLIED).await;
    assert!(["0 0", "1 1"].contains(&applied.as_str()), "{applied}");

    let mut web = Web::start(server.url(), &[]);
    web.hear("the database is at 0002_emails_waiting");
    assert_eq!((web.get("/readyz").0, value(&client, APPLIED).await.as_str()), (200, "1 1"));
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_what_is_under_way() {
    let server = server();
    let (blocker, client) = (connect(server.url()).await, connect(server.url()).await);
    let mut web = Web::start(server.url(), &[]);
    web.hear("the database is at 0002_emails_waiting");
    blocker.batch_execute("BEGIN; LOCK emails").await.unwrap();
    let asks = web.begin("GET /emails/1 HTTP/1.1\r\nHost: web\r\n\r\n");
    until(&client, WAITS, "true").await;
    web.signal("TERM");
    web.until_closed();
    web.signal("TERM");
    assert_eq!(web.ended().0, Some(130));
    drop(asks);
}

#[tokio::test]
async fn what_is_no_connection_string_is_told_in_the_words_of_the_migrations() {
    let (code, stderr) = Web::start("nonsense", &[]).ended();
    assert!(code == Some(1) && !stderr.contains("invalid connection string"), "{stderr}");
}
