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
    let help = session.output(&[] as &[&str]);
    assert_eq!(help.stderr, session.output(&["-h"]).stdout);
    assert_eq!(help.status.code(), Some(64));
    session.run(&["-h"]).run(&["creat", "x"]).run(&["create", "x", "--forward"]).run(&["--version"]);
    check("help", &session.transcript());
}

#[test]
fn mistakes_for_programs() {
    let session = Session::new();
    for (args, verb, message) in [
        (&[][..], None, "'migrate' requires a subcommand but one was not provided"),
        (&["creat", "x"], None, "unrecognized subcommand 'creat'"),
        (&["create"], Some("create"), "the following required arguments were not provided: <NAME>"),
        (&["up", "--steps", "0"], Some("up"), "invalid value '0' for '--steps <COUNT>': 0 is not in 1.."),
        (&["status", "--exit-cod"], Some("status"), "unexpected argument '--exit-cod' found"),
        (&["import", "--from", "rake", "x"], Some("import"), "invalid value 'rake' for '--from <TOOL>'"),
    ] {
        let (object, code) = session.json(args);
        assert_eq!((code, &object["exit_code"]), (64, &64.into()), "{object:#}");
        assert_eq!(object["verb"].as_str(), verb, "{object:#}");
        let found = object["error"]["message"].as_str().unwrap();
        assert!(found.starts_with(message), "{object:#}");
        assert!(object["error"]["next"].as_str().unwrap().starts_with("`migrate "), "{object:#}");
    }
    // For people nothing is on the standard output, and no password is repeated to anybody.
    let url = "postgres://me:secret@localhost/shop";
    for args in [&["up", url][..], &["up", url, "--format=json"]] {
        let output = session.output(args);
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert_eq!((output.status.code(), out.is_empty()), (Some(64), args.len() == 2), "{out}");
        assert!(err.contains("unexpected argument 'postgres://me:***@localhost/shop' found"), "{err}");
        assert!(!out.contains("secret") && !err.contains("secret"), "{out}{err}");
    }
    // Wherever it was typed, and however it is misspelt.
    for url in [
        "postgres://me:secret@h/d",
        "postgres://me:se secret@h/d",
        "postgres://me%3Asecret@h",
        "me:secret@h/d",
        "password=secret",
    ] {
        for args in [
            &["up", url][..],
            &[url],
            &["up", "--to", url],
            &["up", "--dir", url],
            &["create", url],
            &["explain", url],
            &["diff", url, url],
            &["up", "--history-table", url],
            &["import", "--from", url, url],
            &["status", "--database-url", url],
            &["verify", "--dev-url", url],
            &["renumber", url],
            &["fleet", "status", "--tenants-file", url],
        ] {
            for format in ["--format=human", "--format=json"] {
                let output = session.output(&[args, &[format]].concat());
                let said =
                    [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
                assert!(!said.contains("secret"), "{args:?}: {said}");
            }
        }
    }
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
    assert!(session.read("share/man/migrate-renumber.1").contains("behind the sealed ones"));
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
