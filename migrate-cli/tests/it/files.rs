//! The verbs that need no database.

use std::time::{Duration, SystemTime};

use crate::session::{Session, check};

const ONE: (&str, &str) = ("0001_users.sql", "CREATE TABLE app.users (id bigint PRIMARY KEY);\n");

#[test]
fn a_project_begins() {
    let mut session = Session::new();
    session.run(&["create", "add_users"]);
    session.run(&["init"]);
    session.run(&["init"]);
    session.run(&["create", "Add users"]).run(&["create", "add-users"]);
    // Unfinished, it is left out, but not sealed; and the next one can be created all the same.
    session.run(&["lint"]).run(&["lock"]);
    session.run(&["create", "teams"]);
    let names = session.names("migrations");
    let endings: Vec<&str> = names.iter().filter_map(|name| Some(name.split_once('_')?.1)).collect();
    assert_eq!(endings, ["add_users.down.sql", "add_users.up.sql", "teams.down.sql", "teams.up.sql"]);
    check("a_project_begins", &session.transcript());
    let template = |ending: &str| {
        let name = names.iter().find(|name| name.ends_with(ending)).unwrap();
        session.read(&format!("migrations/{name}"))
    };
    check("template_up", &template("_add_users.up.sql"));
    check("template_down", &template("_add_users.down.sql"));
    check("settings", &session.read("migrations/migrate.toml"));
}

#[test]
fn versions_are_numbers_where_the_first_one_is() {
    let mut session = Session::new();
    session.run(&["init", "--sequential"]).run(&["create", "users"]).run(&["create", "teams"]);
    session.run(&["create", "x", "--timestamp"]);
    let ups = |session: &Session| {
        let names = session.names("migrations").into_iter();
        names.filter(|name| name.ends_with(".up.sql")).collect::<Vec<_>>()
    };
    assert_eq!(ups(&session), ["0001_users.up.sql", "0002_teams.up.sql"]);
    assert!(session.read("migrations/migrate.toml").contains("\nversions = \"sequence\"\n"));
    check("init_sequential", &session.transcript());

    let session = Session::with(&[]);
    session.run_quietly(&["create", "users", "--sequential"], 0);
    session.run_quietly(&["create", "teams"], 0);
    assert_eq!(ups(&session), ["0001_users.up.sql", "0002_teams.up.sql"]);
}

#[test]
fn files_that_a_cut_command_has_left_are_written() {
    let mut session = Session::with(&[ONE, ("0002_teams.up.sql", "SELECT 1;\n")]);
    let journal = "0002_teams.up.sql 10\nSELECT 1;\n\n0002_teams.down.sql 10\nSELECT 2;\n\n";
    session.write("migrations/.migrate.create", journal);
    session.run(&["create", "teams"]).run(&["lint"]);
    assert_eq!(session.read("migrations/0002_teams.down.sql"), "SELECT 2;\n");
    std::fs::remove_file(session.path("migrations/0002_teams.down.sql")).unwrap();
    session.write("migrations/.migrate.create", journal);
    session.run(&["lint"]);
    check("create_cut", &session.transcript());
    assert_eq!(session.names("migrations"), ["0001_users.sql", "0002_teams.down.sql", "0002_teams.up.sql"]);
}

#[test]
fn a_folder_elsewhere() {
    let mut session = Session::new();
    session.run(&["init", "--dir", "db/schema"]).run(&["create", "users", "--dir", "db/schema"]);
    session.run(&["create", "users", "--dir", "db/other"]);
    session.run(&["init"]);
    session.enter("src/deep");
    session.run(&["create", "users"]);
    check("a_folder_elsewhere", &session.transcript());
}

#[test]
fn what_create_does_as_the_folder_does() {
    let mut session = Session::with(&[ONE]);
    session.run(&["create", "teams"]).run(&["create", "posts", "--with-down"]);
    session.run(&["create", "all views", "--repeatable"]);
    session.run(&["create", "x", "--timestamp"]);
    session.run(&["create", "Kunden Übersicht"]).run(&["create", ""]).run(&["create", "0007_x.sql"]);
    session.run(&["create"]).run(&["create", "a", "b"]);
    check("create", &session.transcript());

    let mut session = Session::with(&[]);
    session.run(&["create", "first", "--forward-only"]).run(&["create", "second", "--sequential"]);
    assert_eq!(session.names("migrations").len(), 1);
    check("create_timestamp", &session.transcript());

    let mut strict = Session::with(&[("migrate.toml", "require-down = true\n")]);
    strict.run(&["create", "a", "--forward-only"]).run(&["create", "a"]);
    let mut broken = Session::with(&[("migrate.toml", "require-down = 1\n"), ("0001-a.sql", "SELECT 1;")]);
    broken.run(&["create", "a"]);
    check("create_refused", &format!("{}{}", strict.transcript(), broken.transcript()));
}

#[test]
fn what_the_macro_tracks_is_touched() {
    for tracked in ["migrate.toml", "migrate.lock"] {
        let session = Session::with(&[("migrate.toml", "")]);
        session.write(&format!("migrations/{tracked}"), "");
        let path = session.path(&format!("migrations/{tracked}"));
        let old = SystemTime::now() - Duration::from_hours(1);
        std::fs::File::options().append(true).open(&path).and_then(|file| file.set_modified(old)).unwrap();
        assert!(session.output(&["create", "users"]).status.success());
        assert!(path.metadata().unwrap().modified().unwrap() > old + Duration::from_mins(30));
        assert_eq!(session.read(&format!("migrations/{tracked}")), "");
    }
}

#[test]
fn hazards() {
    let mut session = Session::with(&[ONE, ("0002_drop.sql", "DROP TABLE app.posts;\n")]);
    session.run(&["lint"]).run(&["lint", "--strict"]).run(&["lint", "--format", "github"]);
    session.write("migrations/migrate.toml", "[lints]\ndrop-table = \"deny\"\n");
    session.run(&["lint"]).run(&["lint", "--format", "json"]);
    session.write("migrations/migrate.toml", "[lints]\ndrop-tabel = \"deny\"\n");
    session.run(&["lint"]).run(&["lint", "--format", "json"]);
    session.run(&["lint", "--format", "github"]).run(&["lock", "--format", "sarif"]);
    let output = session.output(&["lint", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!((&place["region"]["startLine"], output.status.code()), (&2.into(), Some(1)));
    check("lint", &session.transcript());

    session.write("migrations/migrate.toml", "");
    let output = session.output(&["lint", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&log["version"], output.status.code()), (&"2.1.0".into(), Some(0)));
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "drop-table");
}

#[test]
fn sealing_and_moving_what_a_merge_brought() {
    let mut session = Session::with(&[ONE]);
    session.run(&["renumber"]).run(&["lock"]).run(&["lock"]);
    // Another branch has sealed its second migration; this one has written two.
    session.write("migrations/0002_theirs.sql", "CREATE TABLE app.theirs (id bigint PRIMARY KEY);\n");
    session.run(&["lock"]);
    for (file, table) in [("0002_ours.up", "ours"), ("0003_more.up", "more")] {
        session.write(
            &format!("migrations/{file}.sql"),
            &format!("CREATE TABLE app.{table} (id int8 PRIMARY KEY);"),
        );
        let down = file.replace(".up", ".down");
        session.write(&format!("migrations/{down}.sql"), &format!("DROP TABLE app.{table};"));
    }
    session.run(&["lock"]).run(&["renumber"]).run(&["renumber"]).run(&["lock"]);
    // What is sealed stays.
    session.run(&["renumber", "0001_users"]).run(&["renumber", "0009_x"]);
    session.append("migrations/0001_users.sql", "-- edited\n");
    session.run(&["lock"]).run(&["renumber"]);
    check("renumber", &session.transcript());
    assert!(session.names("migrations").contains(&"0004_more.down.sql".to_owned()));
}

#[test]
fn without_a_lock_file_the_one_to_be_moved_is_named() {
    let mut session =
        Session::with(&[ONE, ("0001_teams.sql", "CREATE TABLE app.teams (id bigint PRIMARY KEY);\n")]);
    session.run(&["lint"]).run(&["renumber"]).run(&["renumber", "migrations/0001_teams.sql"]).run(&["lint"]);
    check("renumber_without_ledger", &session.transcript());
}

#[test]
fn a_run_that_was_cut_is_finished() {
    let mut session = Session::with(&[ONE]);
    session.run(&["lock"]).transcript();
    session.write("migrations/0002_ours.up.sql", "CREATE TABLE app.ours (id bigint PRIMARY KEY);\n");
    session.write("migrations/0003_ours.down.sql", "DROP TABLE app.ours;\n");
    session.write(
        "migrations/.migrate.renumber",
        "0003_ours.up.sql 0002_ours.up.sql\n0003_ours.down.sql 0002_ours.down.sql\n",
    );
    session.run(&["lint"]).run(&["renumber"]).run(&["lint"]);
    check("renumber_cut", &session.transcript());
    assert!(!session.path("migrations/.migrate.renumber").exists());
}

#[test]
fn programs_get_one_object_whatever_happens() {
    let session = Session::new();
    let (object, code) = session.json(&["init", "--sequential"]);
    assert_eq!(
        (&object["verb"], &object["exit_code"], &object["error"], code),
        (&"init".into(), &0.into(), &().into(), 0)
    );
    let (object, code) = session.json(&["create", "users"]);
    assert_eq!((&object["migration"], code), (&"0001_users".into(), 0));
    assert_eq!(object["wrote"][1], "migrations/0001_users.down.sql");
    let (object, code) = session.json(&["lock"]);
    assert_eq!((code, object["error"]["faults"].as_array().map(Vec::len)), (1, Some(2)));
    assert_eq!(object["error"]["faults"][0]["path"], "migrations/0001_users.down.sql");
    let (object, _) = session.json(&["create", "users"]);
    assert!(object["error"]["message"].as_str().unwrap().contains("already"));
    assert!(object["error"]["next"].as_str().unwrap().contains("users_again"));
    for file in ["up", "down"] {
        session.append(&format!("migrations/0001_users.{file}.sql"), "SELECT 1;\n");
    }
    let (object, _) = session.json(&["lock"]);
    assert_eq!(object["sealed"].as_array().map(Vec::len), Some(2));
    let (object, _) = session.json(&["renumber"]);
    assert_eq!(object["renamed"], serde_json::json!([]));
    let (object, code) = session.json(&["lint", "--strict"]);
    assert_eq!((&object["hazards"], code), (&serde_json::json!([]), 0));
    let (object, _) = session.json(&["completions", "fish"]);
    assert!(object["text"].is_string());
    let (object, _) = session.json(&["man"]);
    assert!(object["text"].is_string());
    session.write("migrations/0002_drop.sql", "DROP TABLE a;");
    let (object, code) = session.json(&["lint", "--strict"]);
    assert_eq!((&object["hazards"][0]["lint"], code), (&"drop-table".into(), 1));
    let (object, _) = session.json(&["import", "--from", "plain", "migrations", "--dir", "imported"]);
    assert!(object["files"].is_array(), "{object:#}");
    let (object, code) = session.json(&["lint", "--dir", "nowhere"]);
    assert_eq!((&object["error"]["message"], code), (&"nowhere: there is no such folder".into(), 1));
}

#[test]
fn colours_are_for_a_terminal() {
    let session = Session::with(&[ONE]);
    let colored = |args: &[&str]| {
        let output = session.output(args);
        [output.stdout, output.stderr].concat().contains(&0x1b)
    };
    assert!(!colored(&["lock"]));
    assert!(!colored(&["lock", "--color", "never", "--dir", "x"]));
    assert!(colored(&["lock", "--color", "always", "--dir", "x"]));
}

#[test]
fn a_folder_of_another_tool() {
    let mut session = Session::new();
    for folder in ["goose", "migrations"] {
        std::fs::create_dir(session.path(folder)).unwrap();
    }
    session.write(
        "goose/00001_users.sql",
        "-- +goose Up\nCREATE TABLE users ();\n-- +goose Down\nDROP TABLE users;\n",
    );
    session.write("goose/00002_seed.go", "package migrations\n");
    session.run(&["import", "--from", "goose", "goose"]).run(&["import", "--from", "goose", "goose"]);
    session.run(&["import", "--from", "gose", "goose"]).run(&["import", "--from", "sqlx", "nowhere"]);
    session.run(&["lint"]);
    assert!(session.names("migrations").contains(&"00001_users.down.sql".to_owned()));
    check("import", &session.transcript());
}

#[test]
fn a_folder_that_its_own_tool_refuses_is_an_error() {
    let session = Session::new();
    std::fs::create_dir(session.path("theirs")).unwrap();
    for file in ["0001_a.up.sql", "0002_b.up.sql", "0002_c.up.sql", "migrations.go"] {
        session.write(&format!("theirs/{file}"), "SELECT 1;\n");
    }
    let (object, code) = session.json(&["import", "--from", "golang-migrate", "theirs"]);
    let error = &object["error"];
    assert_eq!((&error["code"], code), (&"M0938".into(), 1), "{object:#}");
    let message = "0002_c.up.sql: it has version 0002, as 0002_b.up.sql has; the tool refuses that too";
    assert_eq!(error["message"], message);
    assert_eq!(error["next"], "correct theirs, and import it again; nothing was written");
    assert!(!session.path("migrations").exists());
}

#[test]
fn a_folder_of_sql_files_is_called_by_no_name() {
    let mut session = Session::new();
    std::fs::create_dir(session.path("theirs")).unwrap();
    session.write("theirs/a.sql", "DROP TABLE IF EXISTS schema_migrations;\n");
    session.write("theirs/README.md", "");
    session.run(&["import", "--from", "plain", "theirs"]).run(&["adopt"]);
    let transcript = session.transcript().replace("--from plain", "");
    assert!(!transcript.contains("plain"), "{transcript}");
    assert!(!session.read("migrations/migrate.toml").contains("plain"));
}

/// The advice names the folder that is at fault, in a form that can be typed.
#[test]
fn import_names_the_folder_that_is_at_fault() {
    struct Case {
        args: &'static [&'static str],
        message: &'static str,
        next: &'static str,
    }
    let session = Session::new();
    for folder in ["theirs", "full", "none"] {
        std::fs::create_dir(session.path(folder)).unwrap();
    }
    session.write("theirs/1_a.sql", "SELECT 1;\n");
    session.write("full/x", "");
    session.write("file", "");
    for Case { args, message, next } in [
        Case {
            args: &["plain", "theirs", "--dir", "full/"],
            message: "full/ is not empty, and nothing is overwritten",
            next: "run `migrate import --from plain theirs --dir full-new`",
        },
        Case {
            args: &["plain", "theirs", "--dir", "."],
            message: ". is not empty, and nothing is overwritten",
            next: "run `migrate import --from plain theirs --dir ./migrations-new`",
        },
        Case {
            args: &["plain", "theirs", "--dir", "file"],
            message: "file is not a folder",
            next: "make it a folder that you may write, or name another one: `migrate import --from plain theirs --dir PATH`",
        },
        Case {
            args: &["plain", "file", "--dir", "new"],
            message: "file is not a folder",
            next: "name a folder with .sql files: `migrate import --from plain PATH`",
        },
        Case {
            args: &["plain", "none", "--dir", "new"],
            message: "new was not written, as nothing was found that could be converted: the notes say why of each file",
            next: "name a folder with .sql files: `migrate import --from plain PATH`",
        },
        Case {
            args: &["sqlx", "theirs", "--dir", "theirs/new/deep"],
            message: "theirs/new/deep is inside theirs, which is imported",
            next: "name a folder outside it: `--dir PATH`",
        },
        Case {
            args: &["plain", "theirs/", "--dir", "./theirs/../theirs/new"],
            message: "./theirs/../theirs/new is inside theirs/, which is imported",
            next: "name a folder outside it: `--dir PATH`",
        },
    ] {
        let (object, code) = session.json(&[&["import", "--from"], args].concat());
        let error = &object["error"];
        assert_eq!((code, &error["code"]), (1, &"M0932".into()), "{args:?}: {object}");
        assert_eq!((error["message"].as_str(), error["next"].as_str()), (Some(message), Some(next)));
    }
    assert_eq!(session.names("theirs"), ["1_a.sql"]);
    session.run_quietly(&["import", "--from", "plain", "theirs", "--dir", "new"], 0);
}

#[test]
fn create_says_that_it_finished_a_cut_run_only() {
    let session = Session::with(&[("migrate.toml", "versions = \"sequence\"\n")]);
    let [up, down] = ["CREATE TABLE kk ();", "DROP TABLE kk;"];
    let entry = |ending: &str, text: &str| format!("0001_kk.{ending}.sql {}\n{text}\n", text.len());
    session.write("migrations/.migrate.create", &(entry("up", up) + &entry("down", down)));
    let output = session.output(&["create", "kk"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("nothing else was created: `0001_kk` is"), "{said}");
    assert_eq!(session.names("migrations"), ["0001_kk.down.sql", "0001_kk.up.sql", "migrate.toml"]);
}

#[test]
fn file_in_place_of_the_folder_has_one_message() {
    let session = Session::new();
    session.write("migrations", "");
    for args in [&["create", "a"][..], &["status"], &["init"], &["lint"], &["init", "--dir", "migrations"]] {
        let (object, code) = session.json(args);
        let error = &object["error"];
        assert_eq!((code, &error["code"]), (1, &"M0102".into()), "{args:?}: {object}");
        assert_eq!(error["message"], "migrations: this is not a folder");
        let next = error["next"].as_str().unwrap();
        assert!(next.starts_with("move it away, and make the folder with `migrate init`"), "{next}");
    }
}
