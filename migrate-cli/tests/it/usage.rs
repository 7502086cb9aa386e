//! A command line that cannot be understood: exit code 64 of every verb, which none of them uses for anything else.

use std::collections::BTreeSet;
use std::path::Path;

use crate::session::Session;

/// A verb as it is called right, and what it cannot do without.
const VERBS: [(&str, &str); 32] = [
    ("init", ""),
    ("create", "x"),
    ("lint", ""),
    ("lock", ""),
    ("renumber", ""),
    ("squash", "--to 1"),
    ("generate", "x"),
    ("drift", ""),
    ("diff", "a b"),
    ("dump", ""),
    ("verify", ""),
    ("docs", ""),
    ("up", ""),
    ("down", ""),
    ("redo", ""),
    ("status", ""),
    ("plan", ""),
    ("baseline", "1"),
    ("skip", "1"),
    ("repair", ""),
    ("history", ""),
    ("wait", ""),
    ("probe", ""),
    ("fleet up", "--schemas x"),
    ("fleet status", "--schemas x"),
    ("fleet plan", "--schemas x"),
    ("fleet verify", "--schemas x"),
    ("reset", ""),
    ("import", "--from goose x"),
    ("adopt", ""),
    ("completions", "bash"),
    ("man", ""),
];

/// Values that no verb can do anything with.
const BAD_VALUES: [&str; 10] = [
    "generate next --rename a",
    "generate next --rename a=b=c",
    "up --steps 0",
    "up --history-table a.b.c",
    "up --history-table= ",
    "down --steps many",
    "history --last -1",
    "wait --timeout soon",
    "fleet up --schemas x --waves none",
    "lock --format sarif",
];

fn code(session: &Session, line: &str) -> Option<i32> {
    session.output(&line.split_whitespace().collect::<Vec<_>>()).status.code()
}

#[test]
fn mistakes_end_with_64_whatever_the_verb() {
    let session = Session::with(&[("0001_a.sql", "SELECT 1;\n")]);
    for (verb, arguments) in VERBS {
        let right = format!("{verb} {arguments}");
        for wrong in [
            format!("{right} --bogus"),
            format!("{right} --color loud"),
            format!("--color loud {right}"),
            format!("{right} --format"),
        ] {
            assert_eq!(code(&session, &wrong), Some(64), "{wrong}");
        }
        if !arguments.is_empty() {
            assert_eq!(code(&session, verb), Some(64), "{verb}");
        }
        assert_eq!(code(&session, &format!("{verb} --help")), Some(0), "{verb}");
    }
    for wrong in BAD_VALUES.iter().copied().chain(["", "fleet", "upp", "explain M0201 M0202"]) {
        assert_eq!(code(&session, wrong), Some(64), "{wrong}");
    }
    assert_eq!(code(&session, "--version"), Some(0));
}

/// A verb that is new is missed here.
#[test]
fn every_verb_is_tried() {
    let page = migrate_cli::reference::page();
    let named: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### "))).collect();
    let tried: BTreeSet<&str> =
        VERBS.iter().map(|(verb, _)| *verb).chain(["Shared options", "fleet", "explain"]).collect();
    assert_eq!(named, tried);
}

#[test]
fn cargo_migrate_ends_with_64_too() {
    let session = Session::new();
    for args in [&["migrate", "up", "--bogus"][..], &["up", "--bogus"], &["migrate", "drift", "--bogus"]] {
        let output = session.output_of(Path::new(env!("CARGO_BIN_EXE_cargo-migrate")), args);
        assert_eq!(output.status.code(), Some(64), "{args:?}");
    }
}

/// What was typed, and what the environment has, are no part of how the verb is called.
#[test]
fn usage_shows_how_the_verb_is_called() {
    let mut session = Session::new();
    session.set("DATABASE_URL", "postgres://me@localhost/shop");
    for (line, usage) in [
        ("create", "Usage: migrate create [OPTIONS] <NAME>\n"),
        ("--database-url postgres://h/d create", "Usage: migrate create [OPTIONS] <NAME>\n"),
        ("up --database-url postgres://h/d --bogus", "Usage: migrate up [OPTIONS]\n"),
        ("status --yes", "Usage: migrate status [OPTIONS]\n"),
        ("fleet plan --schemas x --yes", "Usage: migrate fleet plan [OPTIONS] <--tenants-from"),
    ] {
        let output = session.output(&line.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(usage), "{line}: {said}");
    }
}
