//! `verify`, on a server of its own.

use migrate_server::Server;

use crate::session::{Session, check};

const USERS: [(&str, &str); 2] = [
    ("0001_users.up.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);\n"),
    ("0001_users.down.sql", "DROP TABLE users;\n"),
];

#[test]
fn downs_that_bring_the_schema_back_and_downs_that_do_not() {
    let server = Server::start().unwrap();
    let mut session = Session::with(&USERS);
    let url = server.url();
    let verify = ["verify", "--dev-url", url];
    session.run(&verify);
    session.write("migrations/0002_forward.sql", "ALTER TABLE users ADD name text;\n");
    session.write("migrations/0003_function.up.sql", "-- migrate: function\n");
    session.write("migrations/0003_function.down.sql", "-- migrate: function\n");
    session.write(
        "migrations/0004_index.up.sql",
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON users (name);\n",
    );
    session
        .write("migrations/0004_index.down.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY i;\n");
    session.write("migrations/R_names.sql", "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n");
    session.run(&verify);
    // It leaves the index; it cannot run; it loses a default; it cannot be applied again.
    session.write("migrations/0004_index.down.sql", "SELECT 1;\n");
    session.write("migrations/0004_index.up.sql", "CREATE INDEX IF NOT EXISTS i ON users (name);\n");
    session.write("migrations/0005_roles.up.sql", "CREATE TABLE roles (id bigint);\n");
    session.write("migrations/0005_roles.down.sql", "DROP TABLE rolls;\n");
    session.write("migrations/0006_plan.up.sql", "ALTER TABLE roles ADD plan text DEFAULT 'free';\n");
    session.write("migrations/0006_plan.down.sql", "ALTER TABLE roles ALTER plan DROP DEFAULT;\n");
    session.write(
        "migrations/0007_last.up.sql",
        "GRANT SELECT ON roles TO public;\nCOMMENT ON TABLE roles IS 'x';\n",
    );
    session.write(
        "migrations/0007_last.down.sql",
        "REVOKE SELECT ON roles FROM public;\nCOMMENT ON TABLE roles IS NULL;\n",
    );
    session.run(&verify);
    session.write("migrations/0008_broken.sql", "CREATE TABLE users ();\n");
    session.run(&verify);
    check("verify", &session.transcript().replace(url, "$DEV_URL"));

    let (object, code) = session.json(&verify);
    assert_eq!((code, object["exit_code"].as_i64()), (1, Some(1)));
}

#[test]
fn nothing_is_left_and_nothing_else_is_touched() {
    let server = Server::start().unwrap();
    let mut session = Session::with(&USERS);
    // Not this one.
    session.set("DATABASE_URL", "postgres://nobody@localhost:1/production");
    let (object, code) = session.json(&["verify", "--dev-url", server.url()]);
    assert_eq!(
        (object["downs"].as_i64(), object["findings"].as_array().map(Vec::len), code),
        (Some(1), Some(0), 0)
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
        let connection = tokio::spawn(connection);
        let rows = client.query("SELECT datname FROM pg_database ORDER BY 1", &[]).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(names, ["postgres", "template0", "template1"]);
        let tables =
            client.query("SELECT FROM pg_class WHERE relname = 'schema_migrations'", &[]).await.unwrap();
        assert!(tables.is_empty());
        drop(client);
        connection.await.unwrap();
    });
}

#[test]
fn a_server_that_is_not_there() {
    let mut session = Session::with(&USERS);
    session.run(&["verify", "--dev-url", "postgres://nobody:secret@127.0.0.1:1/x"]);
    let transcript = session.transcript();
    let (_, printed) = transcript.split_once('\n').unwrap();
    assert!(printed.contains("error[") && printed.contains("exit code 1"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}

/// A down meets what repeatable migrations have made, and they make it again.
#[test]
fn downs_below_repeatable_migrations() {
    let view = "CREATE OR REPLACE VIEW names AS SELECT email FROM users;\n";
    let once = "DO $$ BEGIN IF to_regclass('made') IS NULL THEN CREATE TABLE made (); CREATE VIEW names AS SELECT email FROM users; \
                END IF; END $$;\n";
    let fails = "it fails once the repeatable migrations have run: ";
    let not_back = "the repeatable migrations do not bring back what they had made";
    for (down, repeatable, finding) in [
        ("DROP TABLE users CASCADE;\n", view, None),
        ("DROP TABLE users;\n", view, Some((fails, 0))),
        ("DROP TABLE users CASCADE;\n", once, Some((not_back, 1))),
    ] {
        let session = Session::with(&[USERS[0], (USERS[1].0, down), ("R_names.sql", repeatable)]);
        let (object, code) = session.json(&["verify"]);
        assert_eq!(code, i32::from(finding.is_some()), "{object:#}");
        let Some((what, differences)) = finding else {
            continue;
        };
        let found = &object["findings"][0];
        assert_eq!(found["file"], "0001_users.down.sql");
        assert!(found["what"].as_str().unwrap().contains(what), "{object:#}");
        assert_eq!(found["difference"].as_array().map(Vec::len), Some(differences), "{object:#}");
    }
}

/// A role belongs to the server, not to the database that is made anew.
#[test]
fn what_belongs_to_the_server() {
    let mut session = Session::with(&[
        ("0001_role.sql", "CREATE ROLE reader;\n"),
        ("0002_a.up.sql", "CREATE TABLE a (id bigint);\n"),
        ("0002_a.down.sql", "SELECT 1;\n"),
        ("0003_b.up.sql", "CREATE TABLE b (id bigint);\n"),
        ("0003_b.down.sql", "DROP TABLE b;\n"),
    ]);
    session.run(&["verify"]);
    let transcript = session.transcript();
    assert!(transcript.contains("2 downs tried, 1 wrong") && transcript.contains("✓ 0003_b"), "{transcript}");
}

/// Whatever a down leaves is seen, and what it takes away is not seen any more.
#[test]
fn each_kind_of_thing() {
    const UP: &str = "
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email_idx ON users (email);
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TYPE pair AS (a int, b int);
CREATE TYPE span AS RANGE (subtype = int);
CREATE SEQUENCE numbers;
CREATE FUNCTION one(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
CREATE VIEW ids AS SELECT id FROM users;
CREATE MATERIALIZED VIEW ones AS SELECT 1 AS one;
CREATE TABLE parts (a int, b text COLLATE \"C\" DEFAULT 'x', c int GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY RANGE (a);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE POLICY all_of_them ON users USING (true);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE TRIGGER quiet BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE never AS ON INSERT TO users DO NOTHING;
CREATE STATISTICS related ON id, email FROM users;
COMMENT ON TABLE users IS 'People.';
GRANT SELECT ON users TO public;
CREATE SCHEMA aside;
ALTER DEFAULT PRIVILEGES IN SCHEMA aside GRANT SELECT ON TABLES TO public;
CREATE PUBLICATION news FOR TABLE users;
CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION noted();
";
    const DOWN: &str = "
DROP EVENT TRIGGER note;
DROP FUNCTION noted();
DROP PUBLICATION news;
ALTER DEFAULT PRIVILEGES IN SCHEMA aside REVOKE SELECT ON TABLES FROM public;
DROP SCHEMA aside;
DROP TABLE parts;
DROP MATERIALIZED VIEW ones;
DROP VIEW ids;
DROP AGGREGATE total(int);
DROP FUNCTION one(int);
DROP SEQUENCE numbers;
DROP TYPE span, pair, mood;
DROP DOMAIN positive;
DROP TABLE users;
";
    let session = Session::with(&[("0001_all.up.sql", UP), ("0001_all.down.sql", DOWN)]);
    let (object, code) = session.json(&["verify"]);
    assert_eq!((code, &object["findings"]), (0, &serde_json::json!([])), "{object:#}");

    session.write("migrations/0001_all.down.sql", "SELECT 1;\n");
    let (object, _) = session.json(&["verify"]);
    let left: Vec<&str> = object["findings"][0]["difference"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    for kind in [
        "aggregate",
        "composite type",
        "domain",
        "enum",
        "event trigger",
        "function",
        "materialized view",
        "publication",
        "range type",
        "schema",
        "sequence",
        "table",
        "view",
    ] {
        assert!(
            left.iter().any(|line| line.starts_with(&format!("+ {kind} "))),
            "{kind} is not in {left:#?}"
        );
    }
}

#[test]
fn folder_without_downs_says_that_nothing_was_tried() {
    let session = Session::with(&[("0001_t.sql", "CREATE TABLE t (id int);\n")]);
    let output = session.output(&["verify"]);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("no migration has a down: nothing was tried\n") && !said.contains("0 downs"),
        "{said}"
    );
}
