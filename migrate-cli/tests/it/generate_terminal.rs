//! `generate` at a real terminal: it asks whether something has got another name, and leaves no scratch database behind.

use migrate_server::Server;

use crate::life::query;
use crate::pty::{AtTerminal, CTRL_C};
use crate::session::Session;

const BEFORE: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n";
const AFTER: &str = "CREATE TABLE users (id bigint PRIMARY KEY, full_name text);\n";

#[test]
fn somebody_is_asked() {
    let server = Server::start().unwrap();
    let session = Session::with(&[("0001_users.sql", BEFORE)]);
    session.write("schema.sql", AFTER);
    let generate = ["generate", "full_name", "--dev-url", server.url()];
    let scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate\\_scratch%'";
    for (typed, code, wrote) in [(CTRL_C, 130, false), ("\n", 1, false), ("y\n", 0, true)] {
        let mut terminal = AtTerminal::new(&session, &generate);
        terminal.shows("Has column users.name got the name column users.full_name? [y/N]");
        assert_eq!(query(server.url(), scratch), ["2"]);
        terminal.types(typed);
        let ended = terminal.ends();
        assert_eq!(ended.code, code, "{}", ended.screen);
        assert_eq!(query(server.url(), scratch), ["0"], "{}", ended.screen);
        assert_eq!(session.names("migrations").len() > 1, wrote, "{}", ended.screen);
    }
    let up = session.read("migrations/0002_full_name.sql");
    assert!(up.contains("ALTER TABLE users RENAME COLUMN name TO full_name;"), "{up}");
}
