//! The list by which the command is accepted, in its order.

use std::process::Command;

use crate::life::Life;
use crate::session::Session;
use crate::skip::skip;

/// What psql prints, where it is beside the server or in `PATH`: bare rows.
fn psql(life: &Life, sql: &str) -> Option<String> {
    let beside = life.server.bin_dir().map(|dir| dir.join("psql")).filter(|psql| psql.is_file());
    let psql = beside.unwrap_or_else(|| "psql".into());
    let output = Command::new(psql).args(["-Atqc", sql, &life.url]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn from_the_first_migration_to_each_mistake() {
    let mut life = Life::new(Session::new());
    // Create, and edit.
    life.session.run(&["init"]).run(&["create", "test table", "--timestamp"]);
    let names = life.session.names("migrations");
    let [down, up] = [&names[1], &names[2]].map(|name| format!("migrations/{name}"));
    let (version, rest) = names[2].split_at(14);
    assert!(version.bytes().all(|byte| byte.is_ascii_digit()) && rest == "_test_table.up.sql", "{names:?}");
    assert_eq!(names[1], format!("{version}_test_table.down.sql"));
    life.session.append(&up, "CREATE TABLE test_table (id bigint PRIMARY KEY);\n");
    life.session.append(&down, "DROP TABLE test_table;\n");
    // Pending; applied, with its table and its row; reverted, without them; applied again, and once.
    life.session.run(&["status"]);
    assert!(!life.has_table("test_table"));
    life.session.run(&["up"]);
    assert!(life.has_table("test_table"));
    let history = "SELECT version, description, state, applied_at IS NOT NULL FROM schema_migrations";
    let row = format!("{version}|test_table|applied|t");
    assert_eq!(life.sql(history).join(","), row);
    match psql(&life, history) {
        Some(printed) => assert_eq!(printed.trim_end(), row),
        None => skip("psql", "it is not asked for the history"),
    }
    life.session.run(&["status"]).run(&["down"]);
    assert!(!life.has_table("test_table"));
    assert!(life.sql("SELECT version FROM schema_migrations").is_empty());
    life.session.run(&["status"]).run(&["up"]).run(&["up"]);
    assert!(life.has_table("test_table"));
    assert_eq!(life.sql("SELECT count(*) FROM schema_migrations"), ["1"]);

    // No database, and a password that is not it: neither is said to anybody.
    let (url, name) = (life.url.clone(), life.name.clone());
    let password = url.split(['/', ':', '@']).nth(4).unwrap();
    life.session.set("DATABASE_URL", "");
    life.session.run(&["up"]);
    life.session.set("DATABASE_URL", &url.replace(password, "wrong-one"));
    life.session.run(&["up"]);
    life.session.set("DATABASE_URL", &life.server.url_of("nowhere"));
    life.session.run(&["up"]);
    life.session.set("DATABASE_URL", &url);

    // No folder, a name that is none, a version twice.
    life.session.run(&["up", "--dir", "nowhere"]);
    life.session.write("migrations/add_more.sql", "SELECT 1;\n");
    life.session.run(&["up"]);
    std::fs::remove_file(life.session.path("migrations/add_more.sql")).unwrap();
    let twice = format!("migrations/{version}_twice.sql");
    life.session.write(&twice, "SELECT 1;\n");
    life.session.run(&["up"]);
    std::fs::remove_file(life.session.path(&twice)).unwrap();

    // One that fails in the middle: those before it stay.
    for (version, sql) in [
        ("30010101000000", "CREATE TABLE before (id bigint);\n"),
        ("30010101000001", "CREATE TABLE middle (id bigint);\nSELECT 1 / 0;\n"),
        ("30010101000002", "CREATE TABLE after (id bigint);\n"),
    ] {
        let name = sql.split(' ').nth(2).unwrap();
        life.session.write(&format!("migrations/{version}_{name}.sql"), sql);
    }
    life.session.run(&["up"]);
    assert_eq!(["before", "middle", "after"].map(|table| life.has_table(table)), [true, false, false]);
    life.session.run(&["status"]);
    let transcript = life.session.transcript();
    assert!(!transcript.contains(password) && !transcript.contains("wrong-one"), "{transcript}");
    let lines = transcript.replace(&name, "[DATABASE]").replace("30010101", "[LATER]");
    crate::session::check("acceptance", &lines);
}
