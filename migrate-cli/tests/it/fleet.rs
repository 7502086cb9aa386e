//! The command on a fleet, as the first team would use it: a control database that lists its tenants, two folders, and what
//! goes wrong with some of them.

use std::process::Stdio;
use std::sync::Arc;

use migrate_server::{Options, Server};
use serde_json::Value;

use crate::life::{Life, query};
use crate::schema::check_line;
use crate::session::Session;

pub(crate) const QUERY: &str =
    "SELECT slug, database_url, database_type FROM tenants WHERE deleted_at IS NULL ORDER BY slug";

/// The command line of a verb on the tenants that the control database lists.
pub(crate) fn args<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["fleet", verb, "--tenants", "tenants", "--tenants-from", QUERY][..], more].concat()
}

/// A control database whose table lists tenants with databases `acme_0`, `acme_1`, …
pub(crate) struct Company {
    pub(crate) life: Life,
    pub(crate) count: usize,
}

impl Company {
    pub(crate) fn of(count: usize) -> Self {
        let server =
            Options::new().setting("max_connections", "150").setting("fsync", "off").start().unwrap();
        Self::on(&Arc::new(server), count)
    }

    pub(crate) fn on(server: &Arc<Server>, count: usize) -> Self {
        let session = Session::new();
        for (folder, file, text) in [
            (
                "master",
                "0001_tenants.sql",
                "CREATE TABLE tenants (slug text PRIMARY KEY, database_url text NOT NULL, \
                 database_type text NOT NULL DEFAULT 'POSTGRESQL', deleted_at timestamptz);\n",
            ),
            ("tenants", "0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n"),
            ("tenants", "0002_wells.sql", "CREATE TABLE wells (id bigint PRIMARY KEY);\n"),
        ] {
            std::fs::create_dir_all(session.path(folder)).unwrap();
            session.write(&format!("{folder}/{file}"), text);
        }
        let company = Self { life: Life::on(server, session), count };
        company.life.session.run_quietly(&["up", "--dir", "master"], 0);
        for n in 0..count {
            let name = company.name(n);
            query(server.url(), &format!("CREATE DATABASE {name} STRATEGY FILE_COPY"));
            let url = server.url_of(&name);
            company.life.sql(&format!("INSERT INTO tenants VALUES ('t{n:03}', '{url}')"));
        }
        company
    }

    pub(crate) fn name(&self, n: usize) -> String {
        format!("{}_acme_{n}", self.life.name)
    }

    pub(crate) fn ask(&self, n: usize, sql: &str) -> Vec<String> {
        query(&self.life.server.url_of(&self.name(n)), sql)
    }

    /// The last object that is printed, all lines before it, and the exit code.
    #[track_caller]
    pub(crate) fn lines(&self, verb: &str, more: &[&str]) -> (Value, Vec<Value>, i32) {
        let more = [more, &["--format", "json"]].concat();
        let output = self.life.session.output(&args(verb, &more));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<Value> = text.lines().map(check_line).collect();
        let all = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!all.contains(&self.password()), "{all}");
        (lines.pop().unwrap_or_else(|| panic!("{all}")), lines, output.status.code().unwrap())
    }

    pub(crate) fn password(&self) -> String {
        let (credentials, _) = self.life.url.split_once('@').unwrap();
        credentials.rsplit_once(':').unwrap().1.to_owned()
    }
}

#[test]
fn the_master_makes_the_list() {
    let server = Arc::new(Server::start().unwrap());
    let company = Company::on(&server, 0);
    let url = server.url_of("control_of_nobody");
    query(server.url(), "CREATE DATABASE control_of_nobody");
    let up = ["--master", "master", "--database-url", &url, "--format", "json", "--allow-empty"];
    let up = args("up", &up);
    let output = company.life.session.output(&up);
    let last = check_line(String::from_utf8(output.stdout).unwrap().lines().last().unwrap());
    assert_eq!((output.status.code(), &last["master"]["outcome"]), (Some(0), &"applied".into()), "{last:#}");
    assert_eq!(last["fleet"]["tenants"], 0);
    company.life.session.write("master/0002_more.sql", "ALTER TABLE tenants ADD COLUMN more text;\n");
    let status =
        args("status", &["--master", "master", "--database-url", &url, "--exit-code", "--allow-empty"]);
    let output = company.life.session.output(&status);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.starts_with("(master)  behind  0001_tenants\n"), "{text}");
}

#[test]
fn from_the_first_tenant_to_all_of_them() {
    let company = Company::of(6);
    company
        .life
        .sql("INSERT INTO tenants VALUES ('legacy', 'whatever', 'MYSQL'), ('gone', 'x', 'POSTGRESQL')");
    company.life.sql("UPDATE tenants SET deleted_at = now() WHERE slug = 'gone'");

    let (last, lines, code) = company.lines("status", &["--exit-code", "--master", "master"]);
    assert_eq!((code, lines.len()), (2, 7), "{last:#}");
    assert_eq!(last["master"]["outcome"], "current");
    assert_eq!(last["fleet"]["counts"], serde_json::json!({ "behind": 6 }));
    assert_eq!(last["fleet"]["skipped"][0]["slug"], "legacy");
    let plan = company.life.session.output(&args("plan", &[]));
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(
        plan.starts_with(
            "2 migrations from nothing to 0002_wells: 6 tenants (t000, t001, t002, t003, t004 and 1 more)\n"
        ),
        "{plan}"
    );

    let (last, lines, code) =
        company.lines("up", &["--master", "master", "--canary", "slug=t003", "--waves", "50%"]);
    assert_eq!((code, &last["fleet"]["counts"]), (0, &serde_json::json!({ "applied": 6 })), "{last:#}");
    let order: Vec<&str> = lines.iter().filter_map(|line| line["tenant"]["slug"].as_str()).collect();
    assert_eq!((order[0], order[1], order.len()), ("(master)", "t003", 7), "{order:?}");
    for n in 0..6 {
        assert_eq!(company.ask(n, "SELECT count(*) FROM schema_migrations_log"), ["2"]);
    }
    assert_eq!(company.lines("status", &["--exit-code"]).2, 0);

    // A new tenant, and one that is not there yet.
    let url = company.life.server.url_of("new_one");
    company.life.sql(&format!("INSERT INTO tenants VALUES ('new', '{url}')"));
    let (last, _, code) = company.lines("up", &[]);
    assert_eq!((code, &last["fleet"]["counts"]), (1, &serde_json::json!({ "current": 6, "failed": 1 })));
    assert!(last["error"]["next"].is_string(), "{last:#}");
    let (last, _, code) =
        company.lines("up", &["--create-missing", "--encoding", "UTF8", "--template", "template0"]);
    assert_eq!((code, &last["fleet"]["counts"]), (0, &serde_json::json!({ "applied": 1, "current": 6 })));

    // Somebody has changed one by hand.
    company.ask(2, "ALTER TABLE users ADD COLUMN surprise text");
    let dev = company.life.server.url().to_owned();
    let output = company.life.session.output(&args("verify", &["--dev-url", &dev]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("✗ t002 drifted\n    - column"), "{text}");
    assert!(text.contains("7 tenants in") && text.contains(": 6 current, 1 drifted"), "{text}");
    let (object, code) = company.life.session.json(&args("verify", &["--dev-url", &dev]));
    assert_eq!((code, &object["drifted"][0]["slug"]), (1, &serde_json::json!("t002")), "{object:#}");
    company.ask(2, "ALTER TABLE users DROP COLUMN surprise");
    company.life.session.run_quietly(&args("verify", &["--dev-url", &dev]), 0);
    assert_eq!(query(&dev, "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'"), ["0"]);
}

#[test]
fn a_check_between_waves_and_what_is_written_beside() {
    let company = Company::of(4);
    let args = [
        "--waves",
        "1,50%",
        "--check",
        "echo \"wave $MIGRATE_WAVE of $MIGRATE_WAVES is bad\" >&2; test $MIGRATE_WAVE = 1",
    ];
    let more = [&args[..], &["--report", "r.html", "--metrics", "m.prom", "--jobs", "2"]].concat();
    let (last, _, code) = company.lines("up", &more);
    assert_eq!(
        (code, &last["fleet"]["counts"]),
        (1, &serde_json::json!({ "applied": 2, "not-begun": 2 })),
        "{last:#}"
    );
    assert_eq!(last["fleet"]["not_begun"], serde_json::json!(["t002", "t003"]));
    let stopped = last["fleet"]["stopped"].as_str().unwrap();
    assert!(stopped.contains("ended with exit status: 1: wave 2 of 3 is bad"), "{stopped}");
    let (page, figures) = (company.life.session.read("r.html"), company.life.session.read("m.prom"));
    assert!(
        page.contains("<b>t003</b>") && page.contains("Stopped: ") && !page.contains(&company.password())
    );
    assert!(figures.contains("migrate_fleet_tenants{outcome=\"not-begun\"} 2\n"), "{figures}");
    assert!(figures.contains("migrate_fleet_skew_tenants{migration=\"0002_wells\"} 2\n"), "{figures}");
}

#[test]
fn lists_that_are_files_databases_or_schemas() {
    let mut company = Company::of(2);
    let mut session = std::mem::replace(&mut company.life.session, Session::new());
    let url = company.life.server.url_of(&company.name(0));
    let secret = company.password();
    session.set("PASSWORD_OF_ONE", &secret);
    session.write(
        "list.toml",
        &format!(
            "[[tenant]]\nslug = 'one'\ndatabase_url = '{}'\n",
            url.replace(&secret, "${PASSWORD_OF_ONE}")
        ),
    );
    let args = ["fleet", "up", "--tenants", "tenants", "--tenants-file", "list.toml"];
    session.run_quietly(&args, 0);
    assert_eq!(company.ask(0, "SELECT count(*) FROM schema_migrations"), ["2"]);

    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_migrate"));
    let mut command =
        session.command(binary, &["fleet", "status", "--tenants", "tenants", "--tenants-file", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("slug,database_url\nb,{url}\n").as_bytes(),
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.starts_with("0002_wells  1 tenant\n1 tenant in "), "{text}");

    let pattern = format!("{}_acme_*", company.life.name);
    session.run_quietly(&["fleet", "up", "--tenants", "tenants", "--databases", &pattern], 0);
    assert_eq!(company.ask(1, "SELECT count(*) FROM schema_migrations"), ["2"]);
    company.life.sql("CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b");
    session.run_quietly(&["fleet", "up", "--tenants", "tenants", "--schemas", "tenant_*"], 0);
    assert_eq!(company.life.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'wells'"), ["2"]);
    let dev = company.life.server.url().to_owned();
    let verify = ["fleet", "verify", "--tenants", "tenants", "--schemas", "tenant_*", "--dev-url", &dev];
    session.run_quietly(&verify, 0);
    company.life.sql("DROP TABLE tenant_b.wells");
    session.run_quietly(&verify, 1);
}

#[test]
fn the_history_has_the_name_that_migrate_toml_gives_it() {
    let mut company = Company::of(1);
    let life = &mut company.life;
    life.session.write("tenants/migrate.toml", "history-table = \"audit.changes\"\n");
    life.sql("CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b");
    let dev = life.server.url().to_owned();
    let pattern = format!("{}_acme_*", life.name);
    for whom in [["--schemas", "tenant_*"], ["--databases", &pattern]] {
        let said = |verb, more: &[&'static str]| {
            [&["fleet", verb, "--tenants", "tenants"], &whom[..], more].concat()
        };
        life.session.run_quietly(&said("up", &[]), 0);
        life.session.run_quietly(&[&said("verify", &["--dev-url"])[..], &[&dev]].concat(), 0);
    }
    assert_eq!(life.sql("SELECT count(*) FROM tenant_a.changes"), ["2"]);
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_done() {
    let mut company = Company::of(0);
    company.life.sql("CREATE SCHEMA tenant_a");
    let secret = company.password();
    let session = &mut company.life.session;
    for (args, code, words) in [
        (&["fleet", "up"][..], 64, "required"),
        (&["fleet", "up", "--schemas", "a", "--databases", "b"], 64, "cannot be used with"),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-file", "none.csv"],
            1,
            "none.csv: cannot read the list of tenants",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--schemas", "nope_?"],
            1,
            "no schema of the database is called like \"nope_?\"",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--databases", "nope*"],
            1,
            "no database of the server is called like",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-file", "-"],
            1,
            "the standard input lists no tenant",
        ),
        (&["fleet", "up", "--shared-schemas", "public"], 64, "required"),
        (&["fleet", "up", "--schemas", "a", "--max-failures", "0"], 64, "1 stops at the first failure"),
        (&["fleet", "up", "--schemas", "tenant_*", "--check", "false"], 64, "--canary"),
        (
            &["fleet", "up", "--dir", "tenants", "--schemas", "tenant_*", "--report", "no/r.html"],
            1,
            "there is no folder no",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-from", "SELECT 'a' AS slug, '' AS schema"],
            1,
            "has no `database_url`",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-from", "SELECT 'postgres://u:hidden@h'::inet"],
            1,
            "is not shown",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-from", "SELECT 1 AS x"],
            1,
            "no column `slug`, but x",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-from", "SELEC"],
            1,
            "the query for the tenants failed: ",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--tenants-from", "DROP TABLE tenants"],
            1,
            "read-only transaction",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--schemas", "x*", "--waves", "9%,x"],
            64,
            "is not a valid share",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--schemas", "tenant_*", "--canary", "slug=x"],
            1,
            "the canary x is not among",
        ),
        (
            &["fleet", "up", "--dir", "tenants", "--schemas", "tenant_*", "--owner", "x"],
            64,
            "--create-missing",
        ),
    ] {
        let output = session.output(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words) && !said.contains(&secret), "{args:?}: {said}");
    }
    session.set("MIGRATE_ENV", "production");
    let output = session.output(&["fleet", "up", "--dir", "tenants", "--schemas", "tenant_*"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("these tenants are production, because MIGRATE_ENV is `production`"), "{said}");
    session.run_quietly(&["fleet", "up", "--dir", "tenants", "--schemas", "tenant_*", "--yes"], 0);
}
