//! What says how the command is used: help, completions, the manual, and `COMMANDS.md`.
//!
//! `cargo test -p migrate-cli --test it -- bless --ignored` writes the page anew; read the difference.

use std::path::Path;

use crate::session::{Session, check};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../COMMANDS.md");

#[test]
fn the_page_is_that_of_the_command_line() {
    let page = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(page, migrate_cli::reference::page(), "see the first lines of this file");
}

#[test]
#[ignore = "writes the page instead of checking it"]
fn bless() {
    std::fs::write(PAGE, migrate_cli::reference::page()).unwrap();
}

#[test]
fn help_and_mistakes() {
    let mut session = Session::new();
    session.run(&["-h"]).run(&["creat", "x"]).run(&["create", "x", "--forward"]).run(&["--version"]);
    check("help", &session.transcript());
}

#[test]
fn completions_and_the_manual() {
    let mut session = Session::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = String::from_utf8(session.output(&["completions", shell]).stdout).unwrap();
        assert!(script.contains("renumber"), "{shell}: {script}");
    }
    session.run(&["completions", "tcsh"]);
    let page = String::from_utf8(session.output(&["man"]).stdout).unwrap();
    assert!(page.contains(".TH migrate 1"), "{page}");
    session.run(&["man", "--out", "share/man"]);
    assert!(session.read("share/man/migrate-renumber.1").contains("behind what is sealed"));
    check("pages", &session.transcript());
}

#[test]
fn cargo_has_it_too() {
    let session = Session::with(&[("0001_users.sql", "SELECT 1;\n")]);
    let cargo_migrate = Path::new(env!("CARGO_BIN_EXE_cargo-migrate"));
    // As cargo calls it, and as somebody does.
    for args in [&["migrate", "lint"][..], &["lint"]] {
        let output = session.output_of(cargo_migrate, args);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "no hazard was found\n", "{args:?}");
    }
}
