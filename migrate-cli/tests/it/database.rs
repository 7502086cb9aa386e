//! The life of a migration on a real server, and what goes wrong in it.

use crate::life::Life;
use crate::session::Session;

const THREE: [(&str, &str); 3] = [
    ("0001_a.sql", "CREATE TABLE a (id bigint);\n"),
    ("0002_b.sql", "CREATE TABLE b (id bigint);\nCREATE TABLE a (id bigint);\n"),
    ("0003_c.sql", "CREATE TABLE c (id bigint);\n"),
];

#[test]
fn one_that_fails_in_the_middle() {
    let mut life = Life::new(Session::with(&THREE));
    life.session.run(&["up"]);
    assert_eq!(["a", "b", "c"].map(|table| life.has_table(table)), [true, false, false]);
    life.session.run(&["status"]);
    life.session.write("migrations/0002_b.sql", "CREATE TABLE b (id bigint);\n");
    life.session.run(&["up"]);
    assert!(life.has_table("c"));
    let (object, code) = life.session.json(&["status", "--exit-code"]);
    assert_eq!((code, &object["verb"]), (0, &"status".into()));
    life.check("fails_in_the_middle");
}

#[test]
fn what_is_wrong_with_the_folder() {
    let mut life = Life::new(Session::new());
    life.session.run(&["up"]);
    life.session.run(&["up", "--dir", "nowhere"]);
    std::fs::create_dir(life.session.path("migrations")).unwrap();
    life.session.run(&["up"]);
    life.session.write("migrations/add_users.sql", "SELECT 1;\n");
    life.session.run(&["up"]);
    std::fs::remove_file(life.session.path("migrations/add_users.sql")).unwrap();
    life.session.write("migrations/0001_users.sql", "SELECT 1;\n");
    life.session.write("migrations/0001_teams.sql", "SELECT 1;\n");
    life.session.run(&["up"]).run(&["status"]);
    let (object, code) = life.session.json(&["up"]);
    assert_eq!((code, object["error"]["faults"].as_array().map(Vec::len)), (1, Some(1)));
    assert!(!life.has_table("schema_migrations"));
    life.check("folder_faults");
}

#[test]
fn what_is_wrong_with_the_connection() {
    let mut life = Life::new(Session::with(&THREE[..1]));
    let password = life.url.split(['/', ':', '@']).nth(4).unwrap().to_owned();
    for (url, expected) in [
        ("", "no database is given"),
        (&*life.url.replace(&password, "wrong"), "password"),
        (&*life.server.url_of("nowhere"), "\"nowhere\" does not exist"),
        ("postgres://nobody:secret@127.0.0.1:1/x", "127.0.0.1:1"),
        ("mysql://x", ""),
    ] {
        life.session.set("DATABASE_URL", url);
        let output = life.session.output(&["up"]);
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{url}: {printed}");
        assert!(printed.contains("error[") && printed.contains(expected), "{url}: {printed}");
        assert!(!printed.contains("secret") && !printed.contains(&password), "{printed}");
    }
    assert!(!life.has_table("a"));
}

#[test]
fn reset_is_for_development() {
    let mut life = Life::new(Session::with(&THREE[..1]));
    life.session.run(&["reset"]).run(&["reset", "--yes"]);
    life.sql("CREATE TABLE by_hand (id int)");
    life.session.run(&["reset", "--yes"]);
    assert!(life.has_table("a") && !life.has_table("by_hand"));
    // Nothing is dropped that could not be built again.
    life.session.write("migrations/0002_b.sql", "CREATE TABL b ();\n");
    life.session.run(&["reset", "--yes"]);
    std::fs::remove_file(life.session.path("migrations/0002_b.sql")).unwrap();
    life.session.write("migrations/migrate.toml", "production = [\"life*\"]\n");
    life.session.run(&["reset", "--yes"]).run(&["up"]).run(&["up", "--yes"]);
    assert!(life.has_table("a"));
    // It creates what is not there.
    life.session.write("migrations/migrate.toml", "");
    life.session.set("DATABASE_URL", &life.server.url_of("brand_new"));
    let (object, code) = life.session.json(&["reset", "--yes"]);
    assert_eq!((code, &object["applied"]), (0, &serde_json::json!(["0001_a"])));
    life.session.set("MIGRATE_ENV", "production");
    let (object, code) = life.session.json(&["reset", "--yes"]);
    assert_eq!(
        (code, object["error"]["message"].as_str().map(|text| text.contains("MIGRATE_ENV"))),
        (1, Some(true))
    );
    life.check("reset");
}

#[test]
fn what_needs_no_folder() {
    let life = Life::new(Session::new());
    let (object, code) = life.session.json(&["wait"]);
    assert_eq!((code, &object["verb"]), (0, &"wait".into()), "{object:#}");
    let (object, code) = life.session.json(&["history"]);
    assert_eq!((code, &object["verb"]), (0, &"history".into()), "{object:#}");
}

#[test]
fn a_database_of_another_tool() {
    let mut life = Life::new(Session::new());
    std::fs::create_dir(life.session.path("goose")).unwrap();
    for (file, table) in [("00001_users", "users"), ("00002_teams", "teams")] {
        let text =
            format!("-- +goose Up\nCREATE TABLE {table} (id bigint);\n-- +goose Down\nDROP TABLE {table};\n");
        life.session.write(&format!("goose/{file}.sql"), &text);
    }
    life.session.run(&["import", "--from", "goose", "goose"]).run(&["adopt"]);
    // As goose 3 creates it, with its first row.
    life.sql(
        "CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, \
         is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now()); \
         INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true); \
         CREATE TABLE users (id bigint)",
    );
    let before = life.sql("SELECT * FROM goose_db_version");
    let (object, code) = life.session.json(&["adopt", "--dry-run"]);
    assert_eq!(
        (code, &object["records"], &object["recorded"]),
        (0, &serde_json::json!(["00001_users"]), &false.into())
    );
    assert!(!life.has_table("schema_migrations"));
    life.session.run(&["adopt", "--dry-run"]).run(&["adopt"]).run(&["status"]).run(&["up"]).run(&["adopt"]);
    assert!(life.has_table("teams"));
    assert_eq!(life.sql("SELECT * FROM goose_db_version"), before);
    life.check("adopt");
}

/// As psql finds it: by libpq's variables and its file of passwords. And a file `.env`, which comes before these.
#[test]
fn which_database_is_meant() {
    let mut life = Life::new(Session::with(&THREE[..1]));
    life.session.set("DATABASE_URL", "");
    let parts: Vec<String> = life.url.split(['/', ':', '@']).map(str::to_owned).collect();
    let [user, password, host, port] = [3, 4, 5, 6].map(|at| parts[at].clone());
    for (name, value) in [("PGHOST", &host), ("PGPORT", &port), ("PGUSER", &user), ("PGDATABASE", &life.name)]
    {
        life.session.set(name, value);
    }
    life.session.write("pass", &format!("# comment\n*:*:*:{user}:{password}\n"));
    let pass = life.session.path("pass");
    life.session.set("PGPASSFILE", pass.to_str().unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&pass, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let shown = format!("postgres://{user}:***@{host}:{port}/{}", life.name);
    let (object, code) = life.session.json(&["up"]);
    assert_eq!((code, &object["database"]), (0, &shown.clone().into()), "{object:#}");
    assert!(life.has_table("a"));

    life.session.write(".env", "DATABASE_URL=postgres://nobody:secret@127.0.0.1:1/x\n");
    let (object, code) = life.session.json(&["status"]);
    assert_eq!((code, &object["database"]), (1, &"postgres://nobody:***@127.0.0.1:1/x".into()), "{object:#}");
    life.session.set("DATABASE_URL", &life.url);
    let (object, code) = life.session.json(&["status", "--exit-code"]);
    assert_eq!((code, &object["database"]), (0, &shown.into()), "{object:#}");
    // What the URL does not say, the variables do.
    let url = format!("postgres://{host}:{port}");
    let (object, code) = life.session.json(&["status", "--exit-code", "--database-url", &url]);
    let shown = format!("postgres://{user}:***@{host}:{port}/{}", life.name);
    assert_eq!((code, &object["database"]), (0, &shown.into()), "{object:#}");
    // A password that the name of the user has swallowed is neither shown by us, nor as the server repeats it.
    let url = format!("postgres://{user}%3Asecret@{host}:{port}/{}?password=x", life.name);
    for args in [&["up", "--database-url", &url][..], &["up", "--database-url", &url, "--format=json"]] {
        let output = life.session.output(args);
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert!(said.contains(&format!("postgres://{user}:***@")) && !said.contains("secret"), "{said}");
        assert!(said.contains("as it is and not as %3A"), "{said}");
    }
}

/// Variables name the user's databases, not a server that is started for a moment.
#[test]
fn no_variable_is_about_a_scratch_server() {
    let mut session = Session::with(&THREE[..1]);
    for (name, value) in [("PGSSLMODE", "require"), ("PGHOSTADDR", "127.0.0.9"), ("PGOPTIONS", "-c no.such=")]
    {
        session.set(name, value);
    }
    let (object, code) = session.json(&["verify"]);
    assert_eq!(code, 0, "{object:#}");
}

/// What is pending may be dangerous whether it is sealed or not, and a table that is pending itself has no rows.
#[test]
fn plan_shows_the_hazards_of_each_statement() {
    let life = Life::new(Session::with(&[
        ("0001_a.sql", "CREATE TABLE a (id bigint, n int);\n"),
        ("0002_b.sql", "CREATE TABLE b (id bigint);\n\nALTER TABLE a ALTER n SET NOT NULL;\nSELECT 1;\n"),
    ]));
    let hazards = || {
        let (object, code) = life.session.json(&["plan"]);
        assert_eq!(code, 0, "{object:#}");
        let steps = object["plan"]["steps"].as_array().unwrap().clone();
        let statements = steps.iter().flat_map(|step| step["statements"].as_array().unwrap().clone());
        let found = statements.flat_map(|statement| {
            let line = statement["line"].clone();
            let hazards = statement["hazards"].as_array().unwrap().clone();
            hazards.into_iter().map(move |hazard| format!("{line}: {}", hazard["lint"].as_str().unwrap()))
        });
        found.collect::<Vec<_>>()
    };
    assert_eq!(hazards(), [""; 0]);
    life.session.run_quietly(&["up", "--to", "1"], 0);
    for _ in 0..2 {
        assert_eq!(hazards(), ["3: set-not-null"]);
        let plan = String::from_utf8(life.session.output(&["up", "--dry-run"]).stdout).unwrap();
        let at = plan.find("-- migrations/0002_b.sql:3\n-- hazard: ").unwrap_or_else(|| panic!("{plan}"));
        let rest = &plan[at..];
        let sql = rest.find(" [set-not-null]\nALTER TABLE a ALTER n SET NOT NULL;\n");
        assert!(sql.is_some(), "{plan}");
        life.session.run_quietly(&["lock"], 0);
    }
}

/// The folder of a draft that is edited after it was applied; `0001_a` is sealed.
fn with_a_draft() -> Life {
    let mut life = Life::new(Session::with(&[THREE[0]]));
    life.session.run_quietly(&["lock"], 0);
    life.session.write("migrations/0002_b.up.sql", "CREATE TABLE b (id bigint);\n");
    life.session.write("migrations/0002_b.down.sql", "DROP TABLE b;\n");
    life.session.run_quietly(&["up"], 0);
    life.session.write("migrations/0002_b.up.sql", "CREATE TABLE c (id bigint);\n");
    life.session.write("migrations/0002_b.down.sql", "DROP TABLE c;\n");
    life.session.transcript();
    life
}

#[test]
fn an_edited_draft_can_be_redone() {
    let mut life = with_a_draft();
    // What was stored when it was applied reverts what the database has.
    life.session.run(&["up"]).run(&["redo"]).run(&["up"]);
    assert_eq!(["b", "c"].map(|table| life.has_table(table)), [false, true]);
    life.session.write("migrations/0002_b.up.sql", "CREATE TABLE d (id bigint);\n");
    life.session.run(&["down"]);
    assert!(!life.has_table("c"));
    life.check("redo_of_a_draft");
}

#[test]
fn an_edited_draft_is_not_reverted_in_production() {
    let life = with_a_draft();
    let production = format!("production = [\"{}\"]\n", life.name);
    life.session.write("migrations/migrate.toml", &production);
    for verb in ["redo", "down"] {
        let (object, code) = life.session.json(&[verb, "--yes"]);
        assert_eq!((&object["error"]["code"], code), (&"M0435".into(), 1), "{object:#}");
    }
    assert!(life.has_table("b"));
}

#[test]
fn what_has_no_statement_yet_is_left_out() {
    let mut life = Life::new(Session::with(&[
        THREE[0],
        ("0002_b.up.sql", "-- To be written.\n"),
        ("0002_b.down.sql", ""),
        THREE[2],
    ]));
    life.session.run(&["up"]).run(&["status"]).run(&["up", "--dry-run"]);
    assert_eq!(["a", "c"].map(|table| life.has_table(table)), [true, false]);
    let (object, code) = life.session.json(&["status", "--exit-code"]);
    assert_eq!((object["warnings"].as_array().map(Vec::len), code), (Some(2), 2), "{object:#}");
    let (object, _) = life.session.json(&["up"]);
    assert_eq!(object["report"]["warnings"].as_array().map(Vec::len), Some(2), "{object:#}");
    // It is not sealed so; and when it is written, it has its turn.
    life.session.run(&["lock"]);
    life.session.write("migrations/0002_b.up.sql", "CREATE TABLE b (id bigint);\n");
    life.session.run(&["up"]);
    assert!(life.has_table("c"));
    life.check("unfinished");
}

/// What was applied from a file that has no statement any more is not what a newer version has applied.
#[test]
fn emptied_draft_is_an_error() {
    let life = Life::new(Session::with(&[THREE[0], ("0002_b.sql", "CREATE TABLE b ();\n")]));
    life.session.run_quietly(&["up"], 0);
    life.session.write("migrations/0002_b.sql", "");
    life.session.write("migrations/0003_c.sql", "CREATE TABLE c ();\n");
    for (line, expected) in [
        ("status --exit-code", "M0401"),
        ("up", "M0401"),
        ("plan", "M0401"),
        ("down --yes", "M0432"),
        ("redo --yes", "M0432"),
        ("skip 2", "M0421"),
        ("skip c", "M0421"),
    ] {
        let (object, code) = life.session.json(&line.split(' ').collect::<Vec<_>>());
        assert_eq!((&object["error"]["code"], code), (&expected.into(), 1), "{line}: {object:#}");
        let said = object["error"]["details"].as_str().unwrap();
        assert!(said.contains("0002_b") && !said.contains("no file"), "{line}: {said}");
    }
    life.session.write("migrations/0002_b.sql", "CREATE TABLE b ();\n");
    life.session.run_quietly(&["up"], 0);
    // What comes after an empty file is not applied before it.
    life.session.write("migrations/0002_b.sql", "");
    life.sql("DELETE FROM schema_migrations WHERE version = 2");
    let (object, code) = life.session.json(&["status", "--exit-code"]);
    assert_eq!((&object["error"]["code"], code), (&"M0404".into(), 1), "{object:#}");
}

/// With a draft that has no statement a database is not current, and production gets nothing.
#[test]
fn unwritten_draft_keeps_production_waiting() {
    let mut life =
        Life::new(Session::with(&[THREE[0], ("0002_b.sql", ""), ("0003_c.sql", "CREATE TABLE c ();\n")]));
    life.session.set("MIGRATE_ENV", "production");
    for (line, code) in [("up --yes", 1), ("status --exit-code", 2), ("up --dry-run", 0)] {
        let output = life.session.output(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(code), "{line}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("0002_b"), "{line}: {said}");
        assert_eq!(said.contains("error[M0112]: 0002_b.sql has no statement yet"), code == 1, "{said}");
        assert_eq!(said.contains("2 not applied: 0002_b has no statement yet"), code == 2, "{said}");
    }
    assert!(!life.has_table("a"));
    life.session.write("migrations/0002_b.sql", "CREATE TABLE b ();\n");
    life.session.run_quietly(&["up", "--yes"], 0);
    assert!(life.has_table("c"));
}

/// Wherever a migration is named, its version, its description, both and its file are taken.
#[test]
fn a_migration_is_named_by_version_or_description() {
    let pair = |name: &str, table: &str| {
        [
            (format!("{name}.up.sql"), format!("CREATE TABLE {table} (id bigint);\n")),
            (format!("{name}.down.sql"), format!("DROP TABLE {table};\n")),
        ]
    };
    let files: Vec<_> = [("0001_a", "a"), ("0002_add_vip", "b"), ("0003_c", "c")]
        .into_iter()
        .flat_map(|(name, table)| pair(name, table))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let life = Life::new(Session::with(&files));
    let tables = || ["a", "b", "c"].map(|table| life.has_table(table));
    for (args, expected) in [
        (&["up", "--to", "add_vip"][..], [true, true, false]),
        (&["down", "--to", "0001_a"], [true, false, false]),
        (&["up", "--to", "migrations/0003_c.up.sql"], [true, true, true]),
        (&["down", "--to", "Add vip"], [true, true, false]),
        (&["down", "--to", "0"], [false; 3]),
        (&["baseline", "a", "--allow-missing"], [false; 3]),
        (&["skip", "add_vip"], [false; 3]),
        (&["up"], [false, false, true]),
    ] {
        life.session.run_quietly(args, 0);
        assert_eq!(tables(), expected, "{args:?}");
    }
    for verb in [&["up", "--to"][..], &["down", "--to"], &["baseline"], &["skip"]] {
        let (object, code) = life.session.json(&[verb, &["add_vpi"]].concat());
        let error = &object["error"];
        assert_eq!((code, &error["code"]), (1, &"M0161".into()), "{object:#}");
        assert_eq!(error["message"], "no migration is called \"add_vpi\"");
        assert!(error["next"].as_str().unwrap().contains("0002_add_vip"), "{object:#}");
    }
    let (object, code) = life.session.json(&["squash", "--to", "add_vpi"]);
    assert_eq!((code, &object["error"]["code"]), (1, &"M0161".into()), "{object:#}");
}
