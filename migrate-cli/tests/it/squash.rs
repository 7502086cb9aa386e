//! `squash`: what becomes of the folder, and of databases of every age; what is refused, and what a cut leaves.

use std::sync::{Arc, LazyLock};

use migrate_server::Server;
use serde_json::json;

use crate::life::{Life, query};
use crate::session::{Session, check};

pub(crate) static SERVER: LazyLock<Arc<Server>> = LazyLock::new(|| Arc::new(Server::start().unwrap()));

const FILES: [(&str, &str); 9] = [
    ("migrate.toml", "require-down = true\n"),
    (
        "0001_users.up.sql",
        "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE);\n",
    ),
    ("0001_users.down.sql", "DROP TABLE users;\n"),
    ("0002_name.up.sql", "ALTER TABLE users ADD name text;\n"),
    ("0002_name.down.sql", "ALTER TABLE users DROP name;\n"),
    ("0003_teams.up.sql", "CREATE TABLE teams (id bigint PRIMARY KEY, boss bigint REFERENCES users);\n"),
    ("0003_teams.down.sql", "DROP TABLE teams;\n"),
    ("0004_slug.up.sql", "ALTER TABLE teams ADD slug text NOT NULL DEFAULT '';\n"),
    ("0004_slug.down.sql", "ALTER TABLE teams DROP slug;\n"),
];

const VIEW: (&str, &str) = ("R_names.sql", "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n");

/// In a folder that has these migrations, sealed.
fn sealed(files: &[(&str, &str)]) -> Session {
    let session = Session::with(files);
    session.run_quietly(&["lock"], 0);
    session
}

pub(crate) fn squash<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["squash", "--dev-url", SERVER.url()], args].concat()
}

pub(crate) fn finish(name: &str, session: &mut Session) {
    check(name, &session.transcript().replace(SERVER.url(), "[URL]"));
}

/// The tables of a schema, with their columns.
const COLUMNS: &str = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
     AND table_name NOT LIKE 'schema_migrations%' ORDER BY 1, 2";

#[test]
fn databases_of_every_age() {
    let mut life = Life::on(&SERVER, sealed(&[&FILES[..], &[VIEW]].concat()));
    // One that has nothing, one in between, one at the version, one beyond it.
    let ages = [("new", 0), ("between", 2), ("at", 3), ("beyond", 4)];
    let url = |name: &str| SERVER.url_of(&format!("{}_{name}", life.name));
    let urls = ages.map(|(name, _)| url(name));
    for ((name, version), url) in ages.iter().zip(&urls) {
        query(SERVER.url(), &format!("CREATE DATABASE {}_{name}", life.name));
        if *version > 0 {
            life.session.run_quietly(&["up", "--to", &version.to_string(), "--database-url", url], 0);
        }
    }
    let old = life.session.names("migrations");
    life.session.run(&squash(&["--to", "3", "--dry-run"]));
    assert_eq!(life.session.names("migrations"), old);
    life.session.run(&squash(&["--to", "3"]));
    for folder in ["migrations", "migrations-archive/0003"] {
        let names = life.session.names(folder).join("\n  ");
        life.session.note(&format!("{folder}:\n  {names}\n"));
        life.session.run(&["lint", "--dir", folder]).run(&["lock", "--dir", folder]);
        life.session.run(&["verify", "--dir", folder, "--dev-url", SERVER.url()]);
    }
    for ((name, _), url) in ages.iter().zip(&urls) {
        life.session.note(&format!("--- {name}"));
        life.session.set("DATABASE_URL", url);
        life.session.run(&["status"]).run(&["up"]);
        if *name == "between" {
            life.session.run(&["plan"]).run(&["skip", "3"]).run(&["repair"]).run(&["down", "--yes"]);
            life.session.run(&["drift", "--dev-url", SERVER.url()]);
            life.session.run(&["up", "--dir", "migrations-archive/0003"]).run(&["up"]);
        }
        life.session.run(&["status", "--exit-code"]).run(&["drift", "--dev-url", SERVER.url()]);
        life.session.run(&["docs", "--live", "--dev-url", SERVER.url()]);
    }
    let [_, between, at, beyond] = &urls;
    let columns = query(&urls[0], COLUMNS);
    assert!(columns.contains(&"teams|slug".to_owned()) && columns.contains(&"names|name".to_owned()));
    assert!(urls.iter().all(|url| query(url, COLUMNS) == columns));

    life.session.note("--- the way back");
    life.session.set("DATABASE_URL", at);
    life.session.run(&["down", "--steps", "2", "--yes"]).run(&["down", "--to", "2", "--yes"]);
    life.session.run(&["down", "--yes"]).run(&["down", "--yes"]);
    life.session.run(&["down", "--yes", "--dir", "migrations-archive/0003"]).run(&["status"]);
    life.session.set("DATABASE_URL", &urls[0]);
    life.session.run(&["down", "--steps", "2", "--yes"]);

    life.session.note("--- a folder from before");
    life.session.write("migrations/0005_last.up.sql", "CREATE TABLE last ();\n");
    life.session.write("migrations/0005_last.down.sql", "DROP TABLE last;\n");
    for url in [between, beyond] {
        life.session.set("DATABASE_URL", url);
        life.session.run_quietly(&["up"], 0);
    }
    std::fs::create_dir(life.session.path("before")).unwrap();
    for (file, text) in FILES {
        life.session.write(&format!("before/{file}"), text);
    }
    life.session.run(&["status", "--dir", "before"]).run(&["up", "--dir", "before"]);
    let name = life.name.clone();
    check(
        "squash_ages",
        &life.session.transcript().replace(SERVER.url(), "[URL]").replace(&name, "[DATABASE]"),
    );
}

/// `migrate init` has git write LF, and who has CRLF in a value or a function would get another one.
#[test]
fn no_carriage_return_is_in_a_checkpoint() {
    let a = ("0001_a.sql", "CREATE TABLE a (t text);\n");
    let session = Session::with(&[a, ("0002_b.sql", "INSERT INTO a VALUES (E'one\\r\\ntwo\\r');\n")]);
    let (object, code) = session.json(&squash(&["--to", "2", "--data", "include"]));
    assert_eq!(code, 0, "{object:#}");
    let text = session.read("migrations/0002_checkpoint.sql");
    assert!(!text.contains('\r') && text.contains("(E'one\\r\ntwo\\r')"), "{text}");

    let function = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\r\nSELECT 1\r\n$$;\r\n";
    let mut session = Session::with(&[a, ("0002_b.sql", function)]);
    session.run(&squash(&["--to", "2"]));
    finish("squash_carriage_returns", &mut session);
    assert_eq!(session.names("migrations"), ["0001_a.sql", "0002_b.sql"]);
    session
        .write("migrations/0003_c.sql", &function.replace('\r', "").replace("CREATE", "CREATE OR REPLACE"));
    session.run_quietly(&squash(&["--to", "3"]), 0);
}

#[test]
fn what_is_refused() {
    let mut session = sealed(&FILES[..5]);
    for (file, text) in &FILES[5..] {
        session.write(&format!("migrations/{file}"), text);
    }
    session.run(&["squash"]).run(&squash(&["--to", "0"])).run(&squash(&["--to", "9"]));
    session.run(&squash(&["--to", "1"])).run(&squash(&["--to", "3"]));
    session.run(&squash(&["--to", "2", "--name", "name"])).run(&squash(&["--to", "2", "--name", "a.b"]));
    session.run(&squash(&["--to", "2", "--archive", "migrations/old"]));
    session.run(&squash(&["--to", "2", "--archive", "."]));
    session.write("migrations/migrate.import", "");
    session.run(&squash(&["--to", "2"]));
    std::fs::remove_file(session.path("migrations/migrate.import")).unwrap();
    session.append("migrations/0001_users.up.sql", "-- edited\n");
    session.run(&squash(&["--to", "2"]));
    finish("squash_refused", &mut session);
}

/// What no checkpoint can repeat.
#[test]
fn what_cannot_be_squashed() {
    // Others would find the role on theirs.
    let server = Server::start().unwrap();
    let a = ("0001_a.sql", "CREATE TABLE a (id int);\n");
    let mut transcript = String::new();
    for (text, data) in [
        ("-- migrate: function\n", None),
        (
            "CREATE ROLE squash_test_role;\nDO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 5000', \
             current_database()); END $$;\nSELECT lo_create(123);\n",
            None,
        ),
        (
            "CREATE TYPE word;\nCREATE FUNCTION word_in(cstring) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS \
             'textin';\nCREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS \
             'textout';\nCREATE TYPE word (INPUT = word_in, OUTPUT = word_out, LIKE = text);\n",
            None,
        ),
        // What is there is not what may be inserted.
        ("INSERT INTO a VALUES (1);\nALTER TABLE a ADD CHECK (id > 1) NOT VALID;\n", Some("include")),
        ("CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n", None),
    ] {
        let mut session = Session::with(&[a, ("0002_b.sql", text)]);
        let data: Vec<&str> = data.iter().flat_map(|data| ["--data", data]).collect();
        session.note(text);
        session.run(&[&["squash", "--dev-url", server.url(), "--to", "2"], &*data].concat());
        assert_eq!(session.names("migrations"), ["0001_a.sql", "0002_b.sql"]);
        assert!(!session.path("migrations-archive").exists());
        transcript += &session.transcript().replace(server.url(), "[URL]");
    }
    check("squash_impossible", &transcript);
    let left = query(server.url(), "SELECT datname FROM pg_database WHERE datname LIKE 'migrate_scratch%'");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_was_cut_is_finished() {
    let mut session = sealed(&FILES);
    let archive = session.path("").canonicalize().unwrap().join("migrations-archive/0003");
    let (object, _) = session.json(&squash(&["--to", "3", "--dry-run"]));
    let lines = |files: &[(&str, &str)]| -> String {
        files.iter().flat_map(|(file, _)| ["move ", file, "\n"]).collect()
    };
    let journal = format!(
        "archive {}\ncheckpoint 0003_checkpoint.sql\n{}\n{}",
        archive.display(),
        lines(&FILES[1..7]),
        object["sql"].as_str().unwrap()
    );
    session.write("migrations/.migrate.squash", &journal);
    // The archive is whole, and the checkpoint is there; one file is moved.
    std::fs::create_dir_all(&archive).unwrap();
    for (file, text) in &FILES[1..7] {
        std::fs::write(archive.join(file), text).unwrap();
    }
    session.write("migrations/0003_checkpoint.sql", object["sql"].as_str().unwrap());
    std::fs::remove_file(session.path("migrations/0001_users.up.sql")).unwrap();
    session.run(&["lint"]).run(&["squash", "--to", "3"]).run(&["lint"]);
    session.run(&["lint", "--dir", "migrations-archive/0003"]).run(&["lock"]);
    check("squash_cut", &session.transcript());
    assert_eq!(
        session.names("migrations"),
        ["0003_checkpoint.sql", "0004_slug.down.sql", "0004_slug.up.sql", "migrate.lock", "migrate.toml"]
    );
}

#[test]
fn a_checkpoint_is_squashed_too() {
    let life = Life::on(&SERVER, sealed(&FILES));
    life.session.run_quietly(&["up", "--to", "3"], 0);
    life.session.run_quietly(&squash(&["--to", "3"]), 0);
    let second = format!("{}_second", life.name);
    query(SERVER.url(), &format!("CREATE DATABASE {second}"));
    let second = SERVER.url_of(&second);
    life.session.run_quietly(&["up", "--database-url", &second], 0);
    life.session.run_quietly(&["up"], 0);
    // The older archive is not needed any more.
    std::fs::remove_dir_all(life.session.path("migrations-archive")).unwrap();
    life.session.run_quietly(&squash(&["--to", "4", "--archive", "old/4", "--name", "All there is"]), 0);
    assert_eq!(life.session.names("migrations"), ["0004_all_there_is.sql", "migrate.lock", "migrate.toml"]);
    let text = life.session.read("migrations/0004_all_there_is.sql");
    assert_eq!(text.matches("-- migrate: checkpoint ").count(), 2, "{text}");
    for url in [&life.url, &second] {
        let (object, code) = life.session.json(&["status", "--exit-code", "--database-url", url]);
        assert_eq!((code, &object["migrations"][0]["state"]), (0, &json!("applied")), "{object:#}");
    }
    life.session.run_quietly(&["lint", "--dir", "old/4"], 0);
}

/// It is in a schema that the runtime makes, and no part of what is squashed.
#[test]
fn a_history_that_is_kept_elsewhere() {
    let life = Life::on(
        &SERVER,
        sealed(&[("migrate.toml", "history-table = \"ops.history\"\n"), FILES[1], FILES[3]]),
    );
    let old = format!("{}_old", life.name);
    query(SERVER.url(), &format!("CREATE DATABASE {old}"));
    life.session.run_quietly(&["up", "--database-url", &SERVER.url_of(&old)], 0);
    let (object, code) = life.session.json(&squash(&["--to", "2"]));
    assert_eq!(code, 0, "{object:#}");
    assert!(!object["sql"].as_str().unwrap().contains("ops"), "{object:#}");
    life.session.run_quietly(&["up"], 0);
    for url in [life.url.clone(), SERVER.url_of(&old)] {
        assert_eq!(life.session.json(&["status", "--exit-code", "--database-url", &url]).1, 0);
    }
}
