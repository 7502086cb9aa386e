//! Databases of other tools, from the import of their folder to the first migration of our own.

use std::path::Path;
use std::sync::Arc;

use migrate_import::Tool;
use migrate_server::Server;
use serde_json::{Value, json};

use crate::life::Life;
use crate::session::Session;

#[path = "../../../migrate-import/tests/samples/applied.rs"]
mod applied;

pub(crate) const WITH_TABLE: [Tool; 12] = [
    Tool::Sqlx,
    Tool::Refinery,
    Tool::Diesel,
    Tool::SeaOrm,
    Tool::GolangMigrate,
    Tool::Goose,
    Tool::Dbmate,
    Tool::NodePgMigrate,
    Tool::Drizzle,
    Tool::Prisma,
    Tool::Flyway,
    Tool::Rails,
];

/// A folder that was imported, and a database that the tool has brought as far as the second migration.
pub(crate) struct Taken {
    pub(crate) life: Life,
    tool: Tool,
    pub(crate) table: &'static str,
}

impl Taken {
    /// Of the folder, these files only.
    pub(crate) fn with(server: &Arc<Server>, tool: Tool, is_there: impl Fn(&str) -> bool) -> Self {
        let session = Session::new();
        for (path, text) in applied::files(tool).into_iter().filter(|(path, _)| is_there(path)) {
            // What is not there is not announced either.
            let more = ",\n                    {\"when\":1697040002000,\"tag\":\"0002_more\"}";
            let text = if is_there("0002_more.sql") { text } else { text.replace(more, "") };
            let path = session.path("theirs").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        session.run_quietly(&["import", "--from", tool.name(), "theirs"], 0);
        let table = migrate_import::history_table(tool).unwrap();
        let taken = Self { life: Life::on(server, session), tool, table };
        taken.migrate();
        taken
    }

    pub(crate) fn new(server: &Arc<Server>, tool: Tool) -> Self {
        Self::with(server, tool, |_| true)
    }

    /// As the tool has done it: its SQL, and its table.
    fn migrate(&self) {
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-import/tests/tables");
        let read = |file: &str| std::fs::read_to_string(tables.join(file)).unwrap();
        if self.tool == Tool::Rails {
            // The dump has all of it.
            let is_sql = |line: &&str| !line.starts_with('\\');
            let dump = read("rails_structure.sql");
            self.life.sql(&dump.lines().filter(is_sql).collect::<Vec<_>>().join("\n"));
            return;
        }
        self.life.sql(&[applied::USERS, applied::TENANTS].concat());
        if self.tool == Tool::Drizzle {
            self.life.sql("CREATE TABLE roles (id int)");
        }
        self.life.sql(&read(&format!("{}.sql", self.tool)));
    }

    /// The other tool's table, row by row.
    fn theirs(&self) -> Vec<String> {
        self.life.sql(&format!("SELECT t::text FROM {} t ORDER BY 1", self.table))
    }

    /// Our table, where the folder says it is.
    pub(crate) fn ours(&self) -> &'static str {
        let is_taken = self.table == "schema_migrations";
        if is_taken { "migrate_history" } else { "schema_migrations" }
    }

    pub(crate) fn adopt(&self) -> (Value, i32) {
        self.life.session.json(&["adopt"])
    }

    /// A database in which the tool has applied nothing, and we have not either.
    #[track_caller]
    fn has_nothing_to_adopt(&mut self) {
        for args in [&["adopt", "--dry-run"][..], &["adopt"]] {
            let (object, code) = self.life.session.json(args);
            let recorded = (&object["records"], &object["recorded"]);
            assert_eq!((code, recorded), (0, (&json!([]), &json!(false))), "{}: {object:#}", self.tool);
        }
        let said = self.life.session.output(&["adopt"]).stdout;
        let said = String::from_utf8(said).unwrap();
        assert_eq!(
            said,
            "nothing to adopt: the other tool has applied nothing here, `up` applies everything\n"
        );
    }

    /// Nothing is recorded, for a reason that says this.
    #[track_caller]
    fn is_refused(&self, why: &[&str]) {
        let (object, code) = self.adopt();
        let details = object["error"]["details"].as_str().unwrap();
        assert_eq!(code, 1, "{}: {object:#}", self.tool);
        for why in why {
            assert!(details.contains(why), "{}: {why:?} is not in {details:?}", self.tool);
        }
        assert!(!self.life.has_table(self.ours()), "{}", self.tool);
    }
}

fn server() -> Arc<Server> {
    Arc::new(Server::start().unwrap())
}

#[test]
fn a_database_that_has_all_of_it() {
    let server = server();
    for tool in WITH_TABLE {
        // A repeatable migration runs once more with us, whatever has run before.
        let taken = Taken::with(&server, tool, |path| !path.contains("more") && !path.starts_with("R__"));
        let before = taken.theirs();
        assert!(!before.is_empty());
        let (object, code) = taken.life.session.json(&["adopt", "--dry-run"]);
        assert_eq!((code, &object["recorded"]), (0, &json!(false)), "{tool}: {object:#}");
        assert!(!taken.life.has_table(taken.ours()));
        let (object, code) = taken.adopt();
        let count = if tool == Tool::Rails { 1 } else { 2 };
        assert_eq!(
            (code, object["records"].as_array().map(Vec::len)),
            (0, Some(count)),
            "{tool}: {object:#}"
        );
        assert_eq!((&object["warnings"], &object["pending"]), (&json!([]), &json!([])), "{tool}: {object:#}");
        assert_eq!((&object["recorded"], &object["tool"]), (&json!(true), &json!(tool.name())));

        let (object, code) = taken.life.session.json(&["status", "--exit-code"]);
        assert_eq!((code, &object["current"]), (0, &json!(true)), "{tool}: {object:#}");
        let (object, code) = taken.life.session.json(&["up"]);
        assert_eq!((code, &object["report"]["applied"]), (0, &json!([])), "{tool}: {object:#}");
        let rows = taken.life.sql(&format!("SELECT count(*) FROM {} WHERE state = 'baseline'", taken.ours()));
        assert_eq!(rows, [count.to_string()], "{tool}");
        // What was applied by another tool is not reverted by a down.
        let (object, code) = taken.life.session.json(&["down"]);
        let details = object["error"]["details"].as_str().unwrap();
        assert!(code == 1 && details.contains("adopted from another tool, and was not run from this file"));
        assert!(object["error"]["next"].is_string(), "{object:#}");
        assert!(taken.life.has_table("users") && taken.life.has_table("tenants"), "{tool}");
        // Again and again: a deployment may do it each time.
        for args in [&["adopt", "--dry-run"][..], &["adopt"]] {
            let (object, code) = taken.life.session.json(args);
            let recorded = (&object["records"], &object["recorded"], &object["error"]);
            assert_eq!(
                (code, recorded),
                (0, (&json!([]), &json!(false), &Value::Null)),
                "{tool}: {object:#}"
            );
        }
        assert_eq!(taken.theirs(), before, "{tool}");
    }
}

/// And from there on, ours.
#[test]
fn a_database_that_has_a_part_of_it() {
    let server = server();
    for tool in WITH_TABLE.into_iter().filter(|tool| *tool != Tool::Rails) {
        let taken = Taken::new(&server, tool);
        let before = taken.theirs();
        let (object, code) = taken.adopt();
        let pending = object["pending"].as_array().unwrap();
        assert_eq!((code, pending.len()), (0, 1), "{tool}: {object:#}");
        assert!(pending[0].as_str().unwrap().ends_with("_more"), "{object:#}");
        let (_, code) = taken.life.session.json(&["status", "--exit-code"]);
        assert_eq!(code, 2, "{tool}");
        let (object, code) = taken.life.session.json(&["up"]);
        let applied = &object["report"]["applied"];
        assert_eq!((code, &applied[0]["migration"]), (0, &pending[0]), "{tool}: {object:#}");
        let (_, code) = taken.life.session.json(&["status", "--exit-code"]);
        assert_eq!((code, taken.theirs()), (0, before), "{tool}");
    }
}

#[test]
fn a_row_that_has_no_file() {
    let server = server();
    for tool in WITH_TABLE {
        let row = match tool {
            Tool::Sqlx => {
                "(version, description, success, checksum, execution_time) VALUES (20230909000000, 'x', true, '', 1)"
            }
            Tool::Refinery => "VALUES (9, 'x', '2026-11-21T19:38:22Z', '1')",
            Tool::Diesel => "(version) VALUES ('20230909000000')",
            Tool::SeaOrm => "VALUES ('m20230909_000000_x', 1)",
            Tool::Goose => "(version_id, is_applied) VALUES (9, true)",
            Tool::Dbmate | Tool::Rails => "VALUES ('20230909000000')",
            Tool::NodePgMigrate => "(name, run_on) VALUES ('1697049999000_x', now())",
            Tool::Drizzle => "(hash, created_at) VALUES ('x', 1697049999000)",
            Tool::Prisma => {
                "(id, checksum, finished_at, migration_name) VALUES ('9', 'x', now(), '20230909000000_x')"
            }
            Tool::Flyway => {
                "(installed_rank, version, description, type, script, installed_by, execution_time, success) \
                 VALUES (9, '9', 'x', 'SQL', 'V9__x.sql', 'postgres', 1, true)"
            }
            _ => "",
        };
        let taken = Taken::new(&server, tool);
        if tool == Tool::GolangMigrate {
            // Its one row says how far the database is, and nothing of what is below it.
            taken.life.sql("UPDATE schema_migrations SET version = 9");
            taken.is_refused(&["the database is at 9, and no file of that version was imported"]);
            continue;
        }
        taken.life.sql(&format!("INSERT INTO {} {row}", taken.table));
        let (object, code) = taken.adopt();
        let warnings = object["warnings"].to_string();
        assert!(code == 0 && warnings.contains("for which no file was imported"), "{tool}: {object:#}");
    }
}

#[test]
fn a_file_that_was_edited_since() {
    let server = server();
    for (tool, column, checksum) in [
        (Tool::Sqlx, "checksum", "'\\x00'"),
        (Tool::Refinery, "checksum", "'7'"),
        (Tool::Drizzle, "hash", "'00'"),
        (Tool::Prisma, "checksum", "'00'"),
        (Tool::Flyway, "checksum", "7"),
    ] {
        let mut taken = Taken::new(&server, tool);
        taken.life.sql(&format!("UPDATE {} SET {column} = {checksum}", taken.table));
        let (object, code) = taken.life.session.json(&["adopt", "--dry-run"]);
        assert_eq!((code, object["warnings"].as_array().map(Vec::len)), (0, Some(2)), "{tool}: {object:#}");
        let warning = object["warnings"][0].as_str().unwrap();
        assert!(warning.contains("was applied with another text than"), "{warning}");
        taken.life.session.run(&["adopt"]);
        let transcript = taken.life.session.transcript();
        assert_eq!(transcript.matches(", another checksum\n").count(), 2, "{transcript}");
        assert!(transcript.contains("✓ recorded 2 migrations"), "{transcript}");
    }
}

#[test]
fn a_migration_that_failed() {
    let server = server();
    for (tool, change, why) in [
        (Tool::GolangMigrate, "UPDATE schema_migrations SET dirty = true", "`migrate force VERSION`"),
        (
            Tool::Sqlx,
            "UPDATE _sqlx_migrations SET success = false WHERE description = 'tenants'",
            "then adopt",
        ),
        (
            Tool::Flyway,
            "UPDATE flyway_schema_history SET success = false WHERE version = '1.1'",
            "`flyway repair`",
        ),
        (
            Tool::Prisma,
            "UPDATE _prisma_migrations SET finished_at = NULL WHERE id = '3'",
            "`prisma migrate resolve --rolled-back`",
        ),
    ] {
        let taken = Taken::new(&server, tool);
        taken.life.sql(change);
        taken.is_refused(&["as failed or not finished", why]);
    }
    // As somebody has told Prisma that it was undone, it is pending.
    let taken = Taken::new(&server, Tool::Prisma);
    taken.life.sql("DROP TABLE tenants; UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = '3'");
    let (object, code) = taken.adopt();
    assert_eq!(
        (code, &object["pending"]),
        (0, &json!(["20230102000000_tenants", "20230103000000_more"])),
        "{object:#}"
    );
    taken.life.session.run_quietly(&["up"], 0);
    assert!(taken.life.has_table("tenants"));
}

#[test]
fn a_history_that_is_not_there() {
    let server = server();
    for tool in WITH_TABLE {
        let mut taken = Taken::new(&server, tool);
        taken.life.sql(&format!("CREATE TABLE kept AS SELECT * FROM {0}; DELETE FROM {0}", taken.table));
        taken.is_refused(&["lists nothing as applied"]);
        taken.life.sql(&format!("DROP TABLE {}", taken.table));
        let table =
            format!("this database has tables, and none of them is {}, the history of {tool}", taken.table);
        taken.is_refused(&[&table]);
        // A new database, as the same script meets it in a preview environment.
        let name = format!("fresh_{}", tool.name().replace('-', "_"));
        taken.life.sql(&format!("CREATE DATABASE {name}"));
        let url = taken.life.server.url_of(&name);
        taken.life.session.set("DATABASE_URL", &url);
        taken.has_nothing_to_adopt();
        taken.life.session.run_quietly(&["up"], 0);
        let (object, code) = taken.adopt();
        assert_eq!((code, &object["recorded"]), (0, &json!(false)), "{tool}: {object:#}");
    }
}

/// Three tools call their table as ours is called by default.
#[test]
fn a_table_of_the_same_name() {
    let server = server();
    for tool in [Tool::GolangMigrate, Tool::Dbmate, Tool::Rails] {
        let mut taken = Taken::new(&server, tool);
        assert!(taken.life.session.read("migrations/migrate.toml").contains("\"public.migrate_history\""));
        // Somebody has taken that away: nothing is touched, and it is said what to do.
        let settings = taken.life.session.path("migrations/migrate.toml");
        std::fs::remove_file(&settings).unwrap();
        let before = taken.theirs();
        for verb in ["adopt", "status", "up"] {
            let (object, code) = taken.life.session.json(&[verb]);
            let details = object["error"]["details"].as_str().unwrap();
            let way = "choose another name with `history-table` in migrate.toml, or --history-table";
            assert!(code == 1 && details.contains(way) && !details.contains("Runner::"), "{verb}: {details}");
        }
        assert_eq!(taken.theirs(), before);
        taken.life.session.run(&["adopt", "--history-table", "ops.history"]);
        assert!(taken.life.has_table("ops.history") && taken.life.has_table("ops.history_log"));
        assert_eq!(taken.theirs(), before);
    }
}

/// A project that had another tool before the one that it comes from.
#[test]
fn a_script_about_a_table_of_that_name() {
    let mut session = Session::new();
    std::fs::create_dir(session.path("theirs")).unwrap();
    session.write("theirs/20230101000000_a.sql", "CREATE TABLE schema_migrations (version text);\n");
    session.write("theirs/20230102000000_b.sql", "DROP TABLE schema_migrations;\n");
    session.run(&["import", "--from", "sqlx", "theirs"]);
    let mut life = Life::on(&server(), session);
    life.session.run(&["up"]);
    assert_eq!(life.sql("SELECT count(*) FROM migrate_history"), ["2"]);
    assert!(!life.has_table("schema_migrations"));
    life.check("import_of_a_table_of_that_name");
}

#[test]
fn what_is_read_of_it() {
    let server = server();
    let mut transcript = String::new();
    for tool in [Tool::GolangMigrate, Tool::Prisma] {
        let mut taken = Taken::new(&server, tool);
        let folder = format!("{tool}");
        taken.life.session.run(&["import", "--from", tool.name(), "theirs", "--dir", &folder]);
        for args in [&["adopt", "--dry-run"][..], &["adopt"], &["status"], &["down"], &["up"], &["down"]] {
            taken.life.session.run(args);
        }
        transcript += &taken.life.session.transcript().replace(&taken.life.name, "[DATABASE]");
    }
    crate::session::check("adopt_and_go_on", &transcript);
}

#[cfg(unix)]
const NOT_CONFIRMED: &str = "error[M0906]: not confirmed: nothing was done\nnext: run it again and type what it asks for, or pass --yes\n";

#[cfg(unix)]
#[test]
fn production_wants_its_name() {
    use crate::pty::{AtTerminal, CTRL_C, CTRL_D};

    let mut taken = Taken::new(&server(), Tool::Goose);
    taken.life.session.set("MIGRATE_ENV", "production");
    taken.is_refused(&["is production, because MIGRATE_ENV is `production`", "pass --yes"]);
    let right = format!("{}\n", taken.life.name);
    for (answer, code, end) in [
        (CTRL_C, 130, "error[M0908]: interrupted: nothing was done\n"),
        (CTRL_D, 1, NOT_CONFIRMED),
        ("x\n", 1, NOT_CONFIRMED),
        (&*right, 0, "next: `migrate status`; from now on `migrate up`, and no longer the other tool\n"),
    ] {
        assert!(!taken.life.has_table("schema_migrations"));
        let mut terminal = AtTerminal::new(&taken.life.session, &["adopt"]);
        terminal.shows("`adopt` writes to it. Type the name of the database to go on: ");
        terminal.types(answer);
        let ended = terminal.ends();
        assert_eq!(ended.code, code, "{}", ended.screen);
        assert!(ended.screen.ends_with(&format!("{end}\n")), "{:?}", ended.screen);
    }
    assert!(taken.life.has_table("schema_migrations"));
}
