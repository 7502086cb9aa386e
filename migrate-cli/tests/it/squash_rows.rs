//! `squash`: what becomes of the rows and sequences that the migrations leave.

use migrate_server::Server;
use serde_json::json;

use crate::life::query;
use crate::session::{Session, check};
use crate::squash::{SERVER, finish, squash};

const SEEDS: [(&str, &str); 3] = [
    (
        "0001_plans.sql",
        "CREATE TABLE plans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, price numeric(8, 2), doubled \
         numeric GENERATED ALWAYS AS (price * 2) STORED);\nCREATE TABLE audit (what text);\n",
    ),
    (
        "0002_features.sql",
        "CREATE TABLE a_features (plan bigint REFERENCES plans, name text);\n\
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit VALUES (NEW.name); RETURN \
         NEW; END$$;\nCREATE TRIGGER noted AFTER INSERT ON plans FOR EACH ROW EXECUTE FUNCTION note();\n",
    ),
    (
        "0003_seeds.sql",
        "INSERT INTO plans (name, price) VALUES ('free', 0), ('it''s \\ dear', 9.5);\nDELETE FROM audit WHERE what = 'free';\n\
         INSERT INTO a_features SELECT id, 'all' FROM plans;\n",
    ),
];

/// What a new database has, and what the next row gets.
fn rows(session: &Session, name: &str) -> Vec<String> {
    query(SERVER.url(), &format!("CREATE DATABASE {name}"));
    let url = SERVER.url_of(name);
    session.run_quietly(&["up", "--database-url", &url], 0);
    let rows = "SELECT concat_ws(' ', 'plan', id, name, price, doubled) FROM plans UNION ALL \
                SELECT concat_ws(' ', 'feature', plan, name) FROM a_features UNION ALL SELECT concat('audit ', what) FROM audit \
                ORDER BY 1";
    let next = "INSERT INTO plans (name) VALUES ('next') RETURNING id";
    [query(&url, rows), query(&url, next)].concat()
}

#[test]
fn rows_are_asked_for() {
    let mut session = Session::with(&SEEDS);
    session.run(&squash(&["--to", "3"]));
    let expected = rows(&session, "squash_before");
    let (object, code) = session.json(&squash(&["--to", "3", "--data", "include"]));
    assert_eq!(code, 0, "{object:#}");
    let tables = json!([
        { "table": "a_features", "rows": 2 },
        { "table": "audit", "rows": 1 },
        { "table": "plans", "rows": 2 },
    ]);
    assert_eq!((&object["tables"], &object["checkpoint"]), (&tables, &json!("0003_checkpoint")));
    assert_eq!(object["wrote"], json!(["migrations/0003_checkpoint.sql"]));
    assert_eq!(object["moved"], json!(SEEDS.map(|(file, _)| file)));
    assert_eq!(session.names("migrations-archive/0003"), SEEDS.map(|(file, _)| file));
    let text = session.read("migrations/0003_checkpoint.sql");
    assert_eq!(object["sql"], json!(text));
    session.note(&text);
    finish("squash_rows", &mut session);
    assert_eq!(rows(&session, "squash_include"), expected);
    assert_eq!(expected.last().map(String::as_str), Some("3"));

    let session = Session::with(&SEEDS);
    session.run_quietly(&squash(&["--to", "3", "--data", "drop"]), 0);
    assert_eq!(rows(&session, "squash_drop"), ["1"]);

    // What comes after it needs them.
    let mut session = Session::with(&SEEDS);
    session.write("migrations/0004_more.sql", "INSERT INTO a_features VALUES (1, 'more');\n");
    session.run(&squash(&["--to", "3", "--data", "drop"]));
    session.write(
        "migrations/0003_seeds.sql",
        "ALTER TABLE plans ADD best bigint, ADD FOREIGN KEY (best, name) REFERENCES a_features;\n",
    );
    finish("squash_rows_needed", &mut session);
}

/// Every database that begins with the checkpoint would have them alike.
#[test]
fn values_that_are_others_each_time_are_not_frozen_unasked() {
    let files = [
        (
            "0001_a.sql",
            "CREATE TABLE a (id uuid DEFAULT gen_random_uuid(), name text);\nCREATE TABLE b (n int);\n",
        ),
        ("0002_b.sql", "INSERT INTO a (name) VALUES ('one');\nINSERT INTO b VALUES (1);\n"),
    ];
    let mut session = Session::with(&files);
    session.run(&squash(&["--to", "2", "--data", "include"]));
    finish("squash_other_each_time", &mut session);
    assert_eq!(session.names("migrations"), files.map(|(file, _)| file));
    session.run_quietly(&squash(&["--to", "2", "--data", "freeze"]), 0);
    let ids = ["freeze_one", "freeze_other"].map(|name| {
        query(SERVER.url(), &format!("CREATE DATABASE {name}"));
        session.run_quietly(&["up", "--database-url", &SERVER.url_of(name)], 0);
        query(&SERVER.url_of(name), "SELECT concat_ws(' ', id, name, n) FROM a, b")
    });
    assert!(ids[0][0].ends_with(" one 1") && ids[0] == ids[1], "{ids:?}");
}

/// A migration names the database that it is written for, and no checkpoint does.
#[test]
fn a_setting_of_a_database_by_its_name_is_not_lost() {
    // What is set for one database is seen by whoever squashes on that server at the same time.
    let server = Server::start().unwrap();
    query(server.url(), "CREATE DATABASE squash_named");
    let mut session = Session::with(&[
        ("0001_a.sql", "CREATE TABLE a (id int);\n"),
        ("0002_b.sql", "ALTER DATABASE squash_named SET work_mem = '8MB';\n"),
    ]);
    session.run(&["squash", "--dev-url", server.url(), "--to", "2"]);
    check("squash_setting_of_named_database", &session.transcript().replace(server.url(), "[URL]"));
    assert_eq!(session.names("migrations").len(), 2);
}

#[test]
fn sequences_are_asked_for_like_rows() {
    let files = [
        ("0001_a.sql", "CREATE SEQUENCE s1;\nCREATE TABLE a (id int);\n"),
        ("0002_b.sql", "SELECT setval('s1', 500);\n"),
    ];
    let mut session = Session::with(&files);
    session.run(&squash(&["--to", "2"]));
    session.append("migrations/0002_b.sql", "INSERT INTO a VALUES (1);\n");
    session.run(&squash(&["--to", "2"]));
    finish("squash_sequences", &mut session);
    for (data, has_it) in [("include", true), ("drop", false)] {
        let session = Session::with(&files);
        let (object, code) = session.json(&squash(&["--to", "2", "--data", data]));
        assert_eq!((code, &object["sequences"]), (0, &json!(["s1"])), "{object:#}");
        let text = session.read("migrations/0002_checkpoint.sql");
        assert_eq!(text.contains("SELECT pg_catalog.setval('s1', 500, true);"), has_it, "{text}");
    }
}

#[test]
fn rows_in_a_circle() {
    let mut session = Session::with(&[
        (
            "0001_a.sql",
            "CREATE TABLE a (id int PRIMARY KEY, b int);\nCREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);\n",
        ),
        (
            "0002_b.sql",
            "INSERT INTO a VALUES (1, 1);\nINSERT INTO b VALUES (1, 1);\nALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;\n",
        ),
    ]);
    session.run(&squash(&["--to", "2", "--data", "include"]));
    finish("squash_rows_in_a_circle", &mut session);
    assert_eq!(session.names("migrations").len(), 2);
}
