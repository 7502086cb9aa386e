//! The command before a database that is production's, or reads like it.

use crate::life::{Life, query};
use crate::pty::AtTerminal;
use crate::session::Session;

const FILES: [(&str, &str); 3] = [
    ("0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);\n"),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
    ("0002_i.sql", "CREATE INDEX i ON a (n);\n"),
];

/// A life whose database has this name.
fn named(name: &str) -> Life {
    let mut life = Life::new(Session::with(&FILES));
    query(life.server.url(), &format!("CREATE DATABASE \"{name}\""));
    life.url = life.server.url_of(name);
    let url = life.url.clone();
    life.session.set("DATABASE_URL", &url);
    name.clone_into(&mut life.name);
    life
}

/// What a line prints on the standard error, and its exit code.
fn errors_of(life: &Life, args: &[&str]) -> (String, Option<i32>) {
    let output = life.session.output(args);
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn unknown_environment_stops_every_verb_on_a_database() {
    let mut life = Life::new(Session::with(&FILES));
    life.session.set("MIGRATE_ENV", "prod");
    life.session.write("tenants.csv", &format!("slug,database_url\na,{}\n", life.url));
    for line in [
        "up",
        "up --yes",
        "down",
        "redo",
        "status",
        "plan",
        "baseline 1",
        "skip 1",
        "repair",
        "history",
        "wait",
        "probe",
        "reset --yes",
        "drift",
        "dump",
        "fleet up --tenants-file tenants.csv",
        "fleet status --tenants-file tenants.csv",
    ] {
        let (said, code) = errors_of(&life, &line.split(' ').collect::<Vec<_>>());
        let expected = "error[M0913]: MIGRATE_ENV is `prod`, which is not the name of an environment\n\
            help: did you mean `production`? set it to one of `production`, `staging`, `development`, `test`, or unset it\n";
        assert!(code == Some(1) && said.ends_with(expected), "{line}: {code:?} {said}");
    }
    assert!(!life.has_table("a"));
    for (value, code) in [("", 0), ("Staging", 0), ("production", 1)] {
        life.session.set("MIGRATE_ENV", value);
        life.session.run_quietly(&["up"], code);
    }
}

#[test]
fn name_like_production_warns_unless_there_is_none() {
    let mut life = named("shop-prod");
    life.session.write("tenants.csv", &format!("slug,database_url\na,{}\n", life.url));
    let warning = "looks like production, because ";
    for line in ["up", "down --steps 1", "up", "redo --yes", "fleet up --tenants-file tenants.csv"] {
        let (said, _) = errors_of(&life, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(said.matches(warning).count(), 1, "{line}: {said}");
        assert!(!said.contains("M0905"), "{line}: {said}");
    }
    assert!(life.has_table("a"));
    let (said_of_fleet, _) = errors_of(&life, &["fleet", "up", "--tenants-file", "tenants.csv"]);
    let of_tenant = "warning: tenant `a` looks like production, because its database is `shop-prod`\n";
    assert!(said_of_fleet.contains(of_tenant), "{said_of_fleet}");
    let other = life.url.replace("shop-prod", "other");
    life.session.write("more.csv", &format!("slug,database_url\nz,{other}\na,{0}\nb,{0}\n", life.url));
    let (said_of_more, _) = errors_of(&life, &["fleet", "up", "--tenants-file", "more.csv"]);
    let of_more =
        "warning: 2 tenants look like production; the first is `a`, whose database is `shop-prod`\n";
    assert!(said_of_more.contains(of_more), "{said_of_more}");
    // A list of names does not turn it off; an empty one does. What looks like production is never dropped.
    for (settings, is_there) in [("production = [\"other\"]\n", true), ("production = []\n", false)] {
        life.session.write("migrations/migrate.toml", settings);
        for args in [&["up"][..], &["fleet", "up", "--tenants-file", "tenants.csv"]] {
            let (said, code) = errors_of(&life, args);
            assert_eq!((said.contains(warning), code), (is_there, Some(0)), "{args:?} {settings}: {said}");
        }
        query(&life.url, "CREATE TABLE IF NOT EXISTS kept ()");
        let (said, code) = errors_of(&life, &["reset", "--yes"]);
        assert_eq!(
            (said.contains("M0907"), code),
            (is_there, Some(i32::from(is_there))),
            "{settings}: {said}"
        );
        assert_eq!(life.has_table("kept"), is_there, "{settings}: {said}");
    }
    life.session.set("MIGRATE_ENV", "production");
    let (said, code) = errors_of(&life, &["up"]);
    assert!(code == Some(1) && said.contains("error[M0905]"), "{said}");
}

/// What is pending is listed with what is dangerous in it, also where it is sealed.
#[test]
fn prompt_lists_what_is_pending_with_its_hazards() {
    let life = named("shop_live");
    life.session.run_quietly(&["lock"], 0);
    let mut terminal = AtTerminal::new(&life.session, &["baseline", "1", "--allow-missing"]);
    terminal.shows("`baseline` records every migration up to version 1 without running it.");
    terminal.shows("Type the name of the database to go on: ");
    terminal.types("shop_live\n");
    assert_eq!(terminal.ends().code, 0);
    // What is refused anyway is not asked for.
    for args in [&["skip", "1"][..], &["skip", "9999"], &["baseline", "2"], &["baseline", "9999"]] {
        let ended = AtTerminal::new(&life.session, args).ends();
        let is_asked = ended.screen.contains("Type the name");
        assert!(ended.code == 1 && !is_asked, "{args:?}: {}", ended.screen);
    }
    let mut terminal = AtTerminal::new(&life.session, &["up"]);
    terminal.shows("looks like production, because its name is `shop_live`");
    terminal.shows("`up` applies 1 migration:");
    terminal.shows("  0002_i");
    terminal.shows("[create-index-without-concurrently]");
    terminal.shows("`up` writes to it. Type the name of the database to go on: ");
    terminal.types("shop\n");
    assert_eq!(terminal.ends().code, 1);
    assert_eq!(life.sql("SELECT count(*) FROM schema_migrations"), ["1"]);
    // A reset does not even ask.
    let mut terminal = AtTerminal::new(&life.session, &["reset"]);
    terminal.shows("looks like production, because its name is `shop_live`: `reset` never drops it");
    terminal.shows("set `production = []` in migrate.toml");
    assert_eq!(terminal.ends().code, 1);
}

/// What is not UTF-8 is no name of an environment, as any other that is unknown.
#[cfg(target_os = "linux")]
#[test]
fn environment_that_is_not_utf8_stops_a_verb() {
    use std::os::unix::ffi::OsStrExt as _;
    let life = Life::new(Session::with(&FILES));
    for (variable, code) in [("MIGRATE_ENV", "M0913"), ("DATABASE_URL", "M0502")] {
        let value = std::ffi::OsStr::from_bytes(b"postgres://u@h/prod\xff");
        let output = life
            .session
            .command(std::path::Path::new(env!("CARGO_BIN_EXE_migrate")), &["up"])
            .env(variable, value)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(code), "{variable}: {said}");
    }
    assert!(!life.has_table("a"));
}
