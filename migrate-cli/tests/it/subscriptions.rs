//! Subscriptions: PostgreSQL does not drop a database that has some, and a database for trials must not fetch from a
//! publisher.

use migrate_server::Server;

use crate::life::query;
use crate::pty::{AtTerminal, CTRL_C};
use crate::session::Session;

const SCRATCH: &str = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate\\_scratch%'";

/// A slot that is somebody's, on a publisher that is nowhere.
const FEED: &str = "CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p
    WITH (connect = false, slot_name = 'theirs');\n";

fn session() -> Session {
    Session::with(&[
        ("0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n"),
        ("0002_feed.up.sql", FEED),
        ("0002_feed.down.sql", "ALTER SUBSCRIPTION feed SET (slot_name = NONE);\nDROP SUBSCRIPTION feed;\n"),
    ])
}

#[test]
fn scratch_databases_go_with_theirs() {
    let server = Server::start().unwrap();
    let session = session();
    session.write(
        "schema.sql",
        &format!("CREATE TABLE users (id bigint PRIMARY KEY, name text, at date);\n{FEED}"),
    );
    for verb in [&["verify"][..], &["docs"], &["generate", "at"]] {
        let output = session.output(&[verb, &["--dev-url", server.url()]].concat());
        assert!(output.status.success(), "{verb:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(query(server.url(), SCRATCH), ["0"], "{verb:?}");
    }
}

#[test]
fn also_after_ctrl_c() {
    let server = Server::start().unwrap();
    let session = session();
    session
        .write("schema.sql", &format!("CREATE TABLE users (id bigint PRIMARY KEY, full_name text);\n{FEED}"));
    let mut terminal = AtTerminal::new(&session, &["generate", "full_name", "--dev-url", server.url()]);
    terminal.shows("Has column users.name got the name column users.full_name? [y/N]");
    assert_eq!(query(server.url(), SCRATCH), ["2"]);
    terminal.types(CTRL_C);
    let ended = terminal.ends();
    assert_eq!(ended.code, 130, "{}", ended.screen);
    assert_eq!(query(server.url(), SCRATCH), ["0"], "{}", ended.screen);
}

#[test]
fn one_that_is_enabled_is_not_while_it_is_tried() {
    let server = Server::start().unwrap();
    query(server.url(), "CREATE DATABASE live");
    let live = server.url_of("live");
    query(&live, FEED);
    query(&live, "ALTER SUBSCRIPTION feed ENABLE");
    let mut session = Session::with(&[]);
    session.set("DATABASE_URL", &live);
    let output = session.output(&["dump", "--dev-url", server.url()]);
    query(&live, "ALTER SUBSCRIPTION feed DISABLE");
    let sql = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{sql}{}", String::from_utf8_lossy(&output.stderr));
    assert!(sql.contains("ALTER SUBSCRIPTION feed ENABLE;"), "{sql}");
    assert_eq!(query(server.url(), SCRATCH), ["0"]);
}
