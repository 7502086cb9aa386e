//! The composed application, as its reader starts it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output, Stdio};

use migrate_server::{Options, Server};

fn command(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_composed"));
    command.args(args).env("DATABASE_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it printed; it succeeded.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn composed(url: &str, args: &[&str]) -> String {
    said(&command(url, args).output().unwrap())
}

fn server() -> Server {
    // Never the server of DATABASE_URL: the example writes to the database that it is given.
    Options::new().start().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_library_is_there_before_the_application_and_goes_after_it() {
    let server = server();
    let first = composed(server.url(), &[]);
    let (library, application) =
        (first.find("audit_log: applied 2 migrations"), first.find("shop: applied 1 migration"));
    assert!(library.is_some() && library < application, "{first}");
    assert!(first.ends_with("order 1 is placed\n"), "{first}");
    let second = composed(server.url(), &[]);
    assert_eq!(
        second,
        "audit_log: nothing to do: the database is at 0002_append_only\n\
         shop: nothing to do: the database is at 0001_orders\norder 2 is placed\n"
    );

    let status = composed(server.url(), &["migrate", "--set", "audit_log", "status"]);
    assert!(status.contains("0002_append_only") && !status.contains("orders"), "{status}");
    let other = command(server.url(), &["migrate", "--set", "other", "status"]).output().unwrap();
    assert_eq!(other.status.code(), Some(1));

    let refused = command(server.url(), &["remove"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr.contains("the tables of audit_log and shop") && stderr.contains("--yes"), "{stderr}");
    let removed = composed(server.url(), &["remove", "--yes"]);
    let (application, library) =
        (removed.find("shop: reverted 1 migration"), removed.find("audit_log: reverted 2"));
    assert!(application.is_some() && application < library, "{removed}");
    // With the tables, what was in them is gone.
    assert!(composed(server.url(), &[]).ends_with("order 1 is placed\n"));
}

#[test]
fn replicas_that_start_together_place_an_order_each() {
    let server = server();
    let replicas: Vec<_> = (0..4).map(|_| command(server.url(), &[]).spawn().unwrap()).collect();
    let said: Vec<String> =
        replicas.into_iter().map(|replica| said(&replica.wait_with_output().unwrap())).collect();
    let applied =
        |migration: &str| said.iter().filter(|said| said.contains(&format!("\n  {migration}  "))).count();
    assert_eq!((applied("0001_entries"), applied("0002_append_only"), applied("0001_orders")), (1, 1, 1));
    for order in 1..=4 {
        assert!(said.iter().any(|said| said.ends_with(&format!("order {order} is placed\n"))), "{said:?}");
    }
}

#[test]
fn a_failure_names_the_set() {
    let server = server();
    composed(server.url(), &["migrate", "--set", "audit_log", "up"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("CREATE TABLE orders ()").await.unwrap();
    });
    let failed = command(server.url(), &[]).output().unwrap();
    let stderr = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        stderr.starts_with("error: shop: migrations/0001_orders.up.sql:1:1: relation \"orders\""),
        "{stderr}"
    );
    assert!(stderr.ends_with("sets that were done before it, and stay so: audit_log\n"), "{stderr}");
}
