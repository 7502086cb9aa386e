//! Roles belong to a server: one of our own has those that somebody names, and on another one none is made.

use migrate_server::Server;

use crate::life::{Life, query};
use crate::session::Session;

#[test]
fn a_server_of_our_own_has_those_that_are_named() {
    let life = Life::new(Session::with(&[("0001_t.sql", "CREATE TABLE t (id int);\n")]));
    life.session.write("schema.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO \"some one\", other;\n");
    let output = life.session.output(&["generate", "grants"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let up = life.session.read("migrations/0002_grants.sql");
    assert!(up.contains("TO \"some one\", other;"), "{up}");

    life.sql("CREATE ROLE other");
    life.sql("CREATE TABLE u (id int)");
    life.sql("GRANT SELECT ON u TO other");
    let output = life.session.output(&["dump"]);
    let dump = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{dump}{}", String::from_utf8_lossy(&output.stderr));
    assert!(dump.contains("GRANT SELECT ON TABLE u TO other;"), "{dump}");
}

#[test]
fn on_another_one_none_is_made() {
    let server = Server::start().unwrap();
    let session = Session::with(&[]);
    session.write("schema.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO other;\n");
    let output = session.output(&["generate", "grants", "--dev-url", server.url()]);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("help: roles belong to the server: CREATE ROLE other on that of --dev-url"),
        "{printed}"
    );
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate\\_scratch%'";
    assert_eq!(query(server.url(), left), ["0"]);
    assert_eq!(query(server.url(), "SELECT count(*) FROM pg_roles WHERE rolname = 'other'"), ["0"]);
}
