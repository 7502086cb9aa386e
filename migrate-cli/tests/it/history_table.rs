//! A history that is kept elsewhere: every verb finds it there.

use migrate_server::Server;

use crate::life::Life;
use crate::session::Session;

const TWO: [(&str, &str); 4] = [
    ("0001_a.up.sql", "CREATE TABLE a (id bigint);\n"),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
    ("0002_b.up.sql", "CREATE TABLE b (id bigint);\n"),
    ("0002_b.down.sql", "DROP TABLE b;\n"),
];

#[test]
fn as_the_option_says() {
    let mut life = Life::new(Session::with(&TWO[..2]));
    life.session.run(&["up", "--history-table", "ops.history"]);
    assert_eq!(life.sql("SELECT version FROM ops.history"), ["1"]);
    assert!(!life.has_table("schema_migrations"));
    life.session.run(&["status", "--history-table", ""]).run(&["status", "--history-table", "a.b.c"]);
    life.check("history_table");
}

#[test]
fn as_the_settings_say() {
    let mut life = Life::new(Session::with(&TWO));
    life.session.write("migrations/migrate.toml", "history-table = \"Ops.history\"\nlock-timeout = \"7s\"\n");
    let versions = |life: &Life| life.sql("SELECT version FROM \"Ops\".history ORDER BY version").join(",");
    let (object, _) = life.session.json(&["plan"]);
    let sql = object["messages"].to_string();
    assert!(sql.contains("lock_timeout = 7000") && sql.contains("\\\"Ops\\\".\\\"history\\\""), "{sql}");
    // Each verb, in an order in which each has something to do, and what the history has after it.
    for (args, expected) in [
        (&["baseline", "1", "--allow-missing"][..], "1"),
        (&["skip", "2"], "1,2"),
        (&["down"], "1"),
        (&["up", "--rehearse"], "1"),
        (&["up"], "1,2"),
        (&["redo"], "1,2"),
        (&["status", "--exit-code"], "1,2"),
        (&["reset", "--yes"], "1,2"),
    ] {
        life.session.run(args);
        assert_eq!(versions(&life), expected, "{args:?}");
        if args[0] == "skip" {
            life.sql("CREATE TABLE b ()");
        }
        if args[0] == "down" {
            life.sql("DROP TABLE b; CREATE TABLE a ()");
        }
    }
    // Its columns are as wide as what took longest.
    let (object, code) = life.session.json(&["history"]);
    assert_eq!((code, object["history"].as_array().map(Vec::len)), (0, Some(2)), "{object:#}");
    life.session.append("migrations/0002_b.up.sql", "CREATE TABLE c (id bigint);\n");
    life.session.run(&["repair", "--yes"]);
    assert!(!life.has_table("schema_migrations"));
    // The option says more than the settings.
    life.session.run(&["status", "--history-table", "elsewhere"]);
    // What a name cannot be is a fault, where it stands.
    life.session.write("migrations/migrate.toml", "history-table = \"Ops.\"\n");
    life.session.run(&["status"]);
    life.check("history_table_of_the_settings");
}

/// The schema that the history makes is not a migration's; and one that a migration makes too is found out.
#[test]
fn where_every_down_is_tried() {
    let server = Server::start().unwrap();
    let session = Session::with(&TWO);
    session.write("migrations/migrate.toml", "history-table = \"ops.history\"\n");
    let verify = ["verify", "--dev-url", server.url()];
    let (object, code) = session.json(&verify);
    assert_eq!((code, &object["findings"]), (0, &serde_json::json!([])), "{object:#}");
    session.write("migrations/0003_ops.sql", "CREATE SCHEMA ops;\n");
    let (object, code) = session.json(&verify);
    let message = object["error"]["message"].as_str().unwrap();
    assert!(code == 1 && message.contains("schema \"ops\" already exists"), "{object:#}");
}
