//! From a declared schema to migrations, and what databases have beside what their migrations made.

use migrate_server::Server;
use serde_json::json;

use crate::life::Life;
use crate::session::{Session, check};

const SCHEMA: &str = "\
-- What a declared schema names may be declared later.
CREATE TABLE tenant_users (
    tenant_id bigint NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')),
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX tenant_users_user_id_idx ON tenant_users (user_id);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text
);

CREATE TABLE tenants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE
);
";

/// A folder with a declared schema and no migrations, and the arguments for a server to try them on.
fn begin(schema: &str) -> (Server, Session) {
    let server = Server::start().unwrap();
    let session = Session::with(&[("migrate.toml", "versions = \"sequence\"\n")]);
    session.write("schema.sql", schema);
    (server, session)
}

fn generate<'a>(server: &'a Server, args: &[&'a str]) -> Vec<&'a str> {
    [&["generate"], args, &["--dev-url", server.url()]].concat()
}

/// Calls it, and appends what it wrote.
fn run(session: &mut Session, server: &Server, args: &[&str]) {
    let before = session.names("migrations");
    session.run(&generate(server, args));
    for file in session.names("migrations") {
        if !before.contains(&file) {
            let text = session.read(&format!("migrations/{file}"));
            session.note(&format!("--- {file}\n{text}"));
        }
    }
}

#[test]
fn the_story_of_a_schema() {
    let (server, mut session) = begin(SCHEMA);
    run(&mut session, &server, &["init"]);
    run(&mut session, &server, &["again"]);
    session.write("schema.sql", &SCHEMA.replace("    name text\n", "    name text,\n    phone text\n"));
    run(&mut session, &server, &["add phone"]);
    session.append("schema.sql", "CREATE TABLE plans (id int PRIMARY KEY, price numeric(10, 2) NOT NULL);\n");
    run(&mut session, &server, &["add_plans"]);
    session.append("schema.sql", "CREATE INDEX users_phone_idx ON users (phone);\n");
    run(&mut session, &server, &["add_users_phone_idx"]);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate", &transcript);
}

#[test]
fn what_is_lost_is_asked_for() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &SCHEMA.replace("name text", "full_name text"));
    session.run(&generate(&server, &["full name"]));
    assert_eq!(session.names("migrations").len(), 3);
    session.run(&generate(&server, &["full name", "--rename", "name=full_names"]));
    session.run(&generate(&server, &["full name", "--rename", "nick=full_name"]));
    session.run(&generate(&server, &["full name", "--dry-run", "--allow", "deletes-data"]));
    run(&mut session, &server, &["full name", "--rename", "users.name=full_name"]);
    // What a comment in the schema says has had its effect, and stays.
    session.write("schema.sql", &SCHEMA.replace("name text", "called text -- @renamed from=full_name"));
    run(&mut session, &server, &["called"]);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_renames", &transcript);
}

#[test]
fn what_is_wrong_with_what_is_declared() {
    let (server, mut session) =
        begin("CREATE TABLE a (id bigint);\n\nCREATE TABLE b (a bigint REFERENCES aa (id));\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "CREATE TABLE a (id bigint;\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "\\restrict x\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "");
    session.run(&generate(&server, &["init"]));
    std::fs::remove_file(session.path("schema.sql")).unwrap();
    session.run(&generate(&server, &["init"]));
    session.run(&generate(&server, &["init", "--schema", "nowhere"]));
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_wrong", &transcript);
    assert_eq!(session.names("migrations"), ["migrate.toml"]);
}

/// The changes of `on_a_database_in_use`, which take three migrations.
fn changed() -> String {
    SCHEMA
        .replace(
            "    name text\n",
            "    name text NOT NULL,\n    phone text UNIQUE,\n    CHECK (name <> '')\n",
        )
        .replace("ON tenant_users (user_id)", "ON tenant_users (user_id, role)")
}

#[test]
fn several_migrations_have_a_second_each() {
    let (server, session) = begin(SCHEMA);
    session.write("migrations/migrate.toml", "");
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    session.run_quietly(&generate(&server, &["online", "--online"]), 0);
    let names = session.names("migrations");
    let ups: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".up.sql")).collect();
    let descriptions: Vec<&str> = ups.iter().filter_map(|stem| Some(stem.split_once('_')?.1)).collect();
    assert_eq!(descriptions, ["init", "online", "online_2", "online_3"]);
    let versions: Vec<i64> = ups.iter().filter_map(|stem| stem.split_once('_')?.0.parse().ok()).collect();
    assert!(versions.is_sorted_by(|a, b| a < b) && versions[0] > 20_000_000_000_000, "{versions:?}");
    let (object, code) = session.json(&generate(&server, &["again"]));
    assert_eq!((&object["migrations"], code), (&json!([]), 0), "{object:#}");
    session.run_quietly(&["verify", "--dev-url", server.url()], 0);
}

#[test]
fn nothing_is_written_that_does_not_load() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    let settings = "versions = \"sequence\"\n[lints]\ndrop-constraint = \"deny\"\n";
    session.write("migrations/migrate.toml", settings);
    let before = session.names("migrations");
    // What the last of them does is denied.
    session.run(&generate(&server, &["online", "--online"]));
    assert_eq!(session.names("migrations"), before);
    // Behind one that is not written yet, a new one would wait.
    session.write("migrations/migrate.toml", "versions = \"sequence\"\n");
    session.run_quietly(&["create", "by hand"], 0);
    session.run(&generate(&server, &["online"]));
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_refused", &transcript);
}

#[test]
fn on_a_database_in_use() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    run(&mut session, &server, &["online", "--online"]);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_online", &transcript);
}

#[test]
fn what_somebody_has_changed_by_hand() {
    let life = Life::new(Session::with(&[
        ("0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"),
        ("0002_teams.sql", "CREATE TABLE teams (id bigint);\n"),
    ]));
    let server = Server::start().unwrap();
    let drift = ["drift", "--dev-url", server.url()];
    life.session.run_quietly(&["up", "--to", "1"], 0);
    let (object, code) = life.session.json(&drift);
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    life.sql(
        "CREATE INDEX by_hand ON users (email); ALTER TABLE users ADD extra int, ALTER email SET NOT NULL",
    );
    let (object, code) = life.session.json(&drift);
    let expected = json!([
        "~ column users.email: not_null: true -> (default)",
        "- column users.extra",
        "- index by_hand"
    ]);
    assert_eq!((code, &object["differences"]), (2, &expected), "{object:#}");
    // What it says brings it back.
    for statement in object["statements"].as_array().unwrap() {
        life.sql(statement["sql"].as_str().unwrap());
    }
    assert_eq!(life.session.json(&drift).1, 0);
    life.session.run_quietly(&["up"], 0);
    assert_eq!(life.session.json(&drift).1, 0);
}

#[test]
fn a_dump_makes_the_same_schema() {
    let life = Life::new(Session::with(&[]));
    let server = Server::start().unwrap();
    life.sql(SCHEMA_IN_ORDER);
    let (object, code) = life.session.json(&["dump", "--dev-url", server.url()]);
    assert_eq!((code, &object["residue"]), (0, &json!([])), "{object:#}");
    life.session.write("schema.sql", object["sql"].as_str().unwrap());
    life.session.run_quietly(&generate(&server, &["init"]), 0);
    let other = life.server.url_of("other");
    life.sql("CREATE DATABASE other");
    life.session.run_quietly(&["up", "--database-url", &other], 0);
    let (object, code) = life.session.json(&["diff", &life.url, &other]);
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    life.sql("DROP VIEW adults");
    let (object, code) = life.session.json(&["diff", &life.url, &other]);
    assert_eq!((code, &object["differences"]), (2, &json!(["+ view adults"])), "{object:#}");
}

const SCHEMA_IN_ORDER: &str = "\
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TABLE people (id bigserial PRIMARY KEY, age int CHECK (age > 0), mood mood DEFAULT 'fine', friend bigint REFERENCES people);
CREATE VIEW adults AS SELECT * FROM people WHERE age > 17;
CREATE FUNCTION count_adults() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM adults';
COMMENT ON TABLE people IS 'Those we know.';
";
