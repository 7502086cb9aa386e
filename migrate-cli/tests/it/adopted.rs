//! Databases that other tools have migrated: what is refused before they are adopted, and what is seen of them afterwards.

use std::sync::Arc;

use migrate_import::Tool;
use migrate_server::Server;
use serde_json::json;

use crate::adopt::{Taken, WITH_TABLE};
use crate::life::Life;
use crate::session::Session;

fn server() -> Arc<Server> {
    Arc::new(Server::start().unwrap())
}

/// All that the tool has applied, and no more: repeatable migrations run once more.
fn all_applied(server: &Arc<Server>, tool: Tool) -> Taken {
    Taken::with(server, tool, |path| !path.contains("more") && !path.starts_with("R__"))
}

#[test]
fn each_verb_refuses_until_the_database_is_adopted() {
    let server = server();
    let taken = Taken::new(&server, Tool::Sqlx);
    for verb in [
        &["up"][..],
        &["up", "--dry-run"],
        &["up", "--rehearse"],
        &["down"],
        &["redo"],
        &["status"],
        &["status", "--exit-code"],
        &["plan"],
        &["skip", "20230101000000"],
        &["repair"],
        &["history"],
        &["probe"],
        &["drift", "--dev-url", server.url()],
    ] {
        let (object, code) = taken.life.session.json(verb);
        let error = &object["error"];
        assert_eq!((code, &error["code"]), (1, &json!("M0437")), "{verb:?}: {object:#}");
        let begins = "this database was migrated by sqlx (public._sqlx_migrations, 2 rows), and nothing of that is recorded \
                      here: run `migrate adopt` first";
        assert_eq!(error["message"], begins, "{verb:?}");
        assert!(error["details"].as_str().unwrap().contains("add `beside = [\"sqlx\"]` to migrate.toml"));
    }
    for verb in ["plan", "up"] {
        let line = ["fleet", verb, "--databases", &taken.life.name, "--format", "json"];
        let output = taken.life.session.output(&line);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!output.status.success() && text.contains("M0437"), "fleet {verb}: {text}");
    }
    assert!(!taken.life.has_table("schema_migrations"));
    // Another application's.
    taken.life.session.write("migrations/migrate.toml", "beside = [\"sqlx\"]\n");
    let (object, code) = taken.life.session.json(&["status"]);
    assert_eq!((code, &object["pending"]), (0, &json!(3)), "{object:#}");
}

#[test]
fn the_tables_of_tools_are_no_part_of_a_schema() {
    let server = server();
    for tool in WITH_TABLE {
        let taken = all_applied(&server, tool);
        let (object, code) = taken.adopt();
        assert_eq!(code, 0, "{tool}: {object:#}");
        // That of a set of another service.
        let ours = taken.ours();
        taken.life.sql(&format!("CREATE TABLE done (LIKE {ours}); CREATE TABLE done_log (LIKE {ours}_log)"));
        taken.life.sql("CREATE TABLE done_lock (only_one boolean)");
        let dev_url = ["--dev-url", server.url()];
        let (object, code) = taken.life.session.json(&[&["drift"][..], &dev_url].concat());
        assert_eq!((code, &object["differences"]), (0, &json!([])), "{tool}: {object:#}");
        let (object, code) = taken.life.session.json(&[&["dump"][..], &dev_url].concat());
        let sql = object["sql"].as_str().unwrap();
        assert!(code == 0 && !sql.contains("migrations") && !sql.contains("drizzle"), "{tool}: {sql}");
        assert!(
            !sql.contains("goose") && !sql.contains("history") && !sql.contains("SEQUENCE"),
            "{tool}: {sql}"
        );
        assert!(sql.contains("users") && sql.contains("tenants"), "{tool}: {sql}");
    }
}

#[test]
fn the_other_verbs_do_not_see_them_either() {
    let server = server();
    let taken = all_applied(&server, Tool::Drizzle);
    assert_eq!(taken.adopt().1, 0);
    let session = &taken.life.session;
    session.run_quietly(&["docs", "--live", "--out", "page.html"], 0);
    let page = session.read("page.html");
    assert!(page.contains("tenants") && !page.contains("__drizzle"), "{page}");
    // One that was made by the migrations alone.
    let fresh = Life::on(&server, Session::new());
    session.run_quietly(&["up", "--database-url", &fresh.url], 0);
    let (object, code) = session.json(&["diff", &taken.life.url, &fresh.url]);
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    // A table of that name which the tool has not made is one like any other.
    fresh.sql("CREATE TABLE _sqlx_migrations (id int)");
    let (object, code) = session.json(&["diff", &taken.life.url, &fresh.url]);
    assert!(code == 2 && object.to_string().contains("_sqlx_migrations"), "{object:#}");
    // As somebody has once dumped it with another tool.
    let declared = "CREATE SCHEMA drizzle;\nCREATE TABLE users (id int);\nCREATE TABLE tenants (id int);\n\
                    CREATE TABLE roles (id int);\n\
                    CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);\n";
    session.write("schema.sql", declared);
    let (object, code) = session.json(&["generate", "next", "--dev-url", server.url()]);
    assert_eq!((code, &object["migrations"]), (0, &json!([])), "{object:#}");
}

/// What was adopted has been applied everywhere: nothing of it is dangerous any more.
#[test]
fn what_was_imported_is_not_linted() {
    let session = Session::new();
    std::fs::create_dir(session.path("theirs")).unwrap();
    session.write("theirs/20230101000000_a.sql", "CREATE TABLE a (id int);\n");
    session.write("theirs/20230102000000_b.sql", "DROP TABLE a;\n");
    session.run_quietly(&["import", "--from", "sqlx", "theirs"], 0);
    let hazards = |count: usize| {
        let (object, _) = session.json(&["lint"]);
        assert_eq!(object["hazards"].as_array().map(Vec::len), Some(count), "{object:#}");
    };
    hazards(0);
    session.write("migrations/20300101000000_c.sql", "DROP TABLE b;\n");
    hazards(1);
    std::fs::remove_file(session.path("migrations/migrate.import")).unwrap();
    hazards(2);
}
