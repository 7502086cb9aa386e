//! The example service, as its reader starts it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use migrate_server::{Options, Server};

fn service(url: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_service")).args(args).env("DATABASE_URL", url).output().unwrap()
}

fn server() -> Server {
    // Never the server of DATABASE_URL: the example writes to the database that it is given.
    Options::new().start().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn it_migrates_lists_its_tables_and_does_nothing_the_second_time() {
    let server = server();
    let first = service(server.url(), &[]);
    let stdout = String::from_utf8_lossy(&first.stdout);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert!(
        stdout.contains("applied 3 migrations in ") && stdout.contains("at 0003_tenant_users"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with(
            "tables:\n  schema_migrations\n  schema_migrations_log\n  tenant_users\n  tenants\n  users\n"
        ),
        "{stdout}"
    );

    let second = service(server.url(), &[]);
    assert!(second.status.success());
    let stdout = String::from_utf8_lossy(&second.stdout);
    assert!(stdout.contains("nothing to do: the database is at 0003_tenant_users"), "{stdout}");
}

#[test]
fn it_fails_with_a_message_that_a_person_can_act_on() {
    let server = server();
    let refused = service("postgres://nobody@127.0.0.1:1/x", &[]);
    assert_eq!(refused.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains("\nerror: ") && stderr.contains("127.0.0.1:1"), "{stderr}");

    // As if somebody had deleted the history of a database that has the tables.
    assert!(service(server.url(), &[]).status.success());
    forget(server.url());
    let failed = service(server.url(), &[]);
    assert_eq!(failed.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&failed.stderr);
    assert!(stderr.contains("0001_users.up.sql:3:1: relation \"users\" already exists (42P07)"), "{stderr}");
    assert!(stderr.contains("\n3 | CREATE TABLE users ("), "{stderr}");

    let fresh = service(server.url(), &["--fresh"]);
    assert_eq!(fresh.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&fresh.stderr).contains("does not touch"));
}

#[test]
fn its_verbs_work_on_what_it_has_embedded() {
    let server = server();
    let code = |args: &[&str]| service(server.url(), args).status.code();
    assert_eq!(code(&["migrate", "status", "--exit-code"]), Some(2));
    let up = service(server.url(), &["migrate", "up", "--format", "json"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let stdout = String::from_utf8_lossy(&up.stdout);
    assert!(stdout.starts_with('{') && stdout.contains("\"current\": \"0003_tenant_users\""), "{stdout}");
    let stderr = String::from_utf8_lossy(&up.stderr);
    assert!(stderr.starts_with("database: postgres://") && stderr.contains(":***@"), "{stderr}");
    assert_eq!(code(&["migrate", "status", "--exit-code"]), Some(0));
    assert_eq!(code(&["migrate", "--yes", "down", "--to", "0"]), Some(0));

    let environment = Command::new(env!("CARGO_BIN_EXE_service"))
        .args(["migrate", "up"])
        .env("DATABASE_URL", server.url())
        .env("MIGRATE_ENV", "production")
        .output()
        .unwrap();
    assert_eq!(environment.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&environment.stderr);
    assert!(stderr.contains("is production, because MIGRATE_ENV is `production`"), "{stderr}");
    for mistake in
        [&["migrate", "sideways"][..], &["migrate", "skip"], &["migrate", "up", "--steps", "x"], &["--bogus"]]
    {
        assert_eq!(code(mistake), Some(64), "{mistake:?}");
    }
    assert_eq!(code(&["migrate", "up", "--help"]), Some(0));
}

/// It waits for a server that never comes.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_verb() {
    for signal in ["INT", "TERM"] {
        let mut verb = Command::new(env!("CARGO_BIN_EXE_service"))
            .args(["migrate", "wait", "--timeout", "60", "--database-url", "postgres://app@127.0.0.1:1/x"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Once it has said which database, it listens.
        let mut stderr = std::io::BufReader::new(verb.stderr.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
        assert_eq!(line, "database: postgres://app@127.0.0.1:1/x\n");
        // The shell's own: not every system has the program.
        let kill =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &verb.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(verb.wait().unwrap().code(), Some(130), "{signal}");
    }
}

fn forget(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(url).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("TRUNCATE schema_migrations").await.unwrap();
    });
}
