//! `explain`, and the pages that it prints: each code has one, and the book has them all.
//!
//! `cargo test -p migrate-cli --test it -- bless --ignored` writes the pages of the book anew; they are made of those in
//! `errors/`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use migrate_cli::page::of_code;
use migrate_source::Code;

use crate::session::{Session, check};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What is in the table of contents of the book, where it has the pages below their list.
const LIST: &str = "(errors.md)";

const HEAD: &str = "# Errors

Every error has a code: `error[M0201]` on the command line, `[M0201]` at the end of what the compiler and a service say.
`migrate explain M0201` prints its page, without a network. A code keeps its meaning for ever.
";

/// The codes by their first two digits.
const SUBJECTS: [(&str, &str); 9] = [
    ("M01", "The folder and the names of its files"),
    ("M02", "SQL and directives"),
    ("M03", "The lock file"),
    ("M04", "The history against the migrations"),
    ("M05", "The connection and the database"),
    ("M06", "A migration that fails"),
    ("M07", "Fleets"),
    ("M08", "Schemas and checkpoints"),
    ("M09", "The command, the macro, other tools, private servers"),
];

/// The pages of the book, by their paths from the root.
fn book() -> Vec<(PathBuf, String)> {
    let mut list = HEAD.to_owned();
    for (beginning, subject) in SUBJECTS {
        let _ = write!(list, "\n## {subject}\n\n| Code | |\n|---|---|\n");
        for code in Code::ALL.iter().filter(|code| code.as_str().starts_with(beginning)) {
            let _ = writeln!(list, "| [{code}](errors/{code}.md) | {} |", code.title());
        }
    }
    list += "\nThe lints have names, and their page is LINTS.md.\n";
    let page = |code: &Code| {
        let text = format!("{{{{#include ../../../migrate-cli/errors/{code}.md}}}}\n");
        (format!("docs/src/errors/{code}.md").into(), text)
    };
    std::iter::once(("docs/src/errors.md".into(), list)).chain(Code::ALL.iter().map(page)).collect()
}

/// The table of contents with a line for each page, below the one of the list, which is the last where there is none yet.
fn contents(there: &str) -> String {
    let is_page = |line: &&str| line.contains("(errors/M");
    let mut text = String::new();
    let list = if there.contains(LIST) { None } else { Some("- [Errors](errors.md)") };
    for line in there.lines().chain(list).filter(|line| !is_page(line)) {
        let _ = writeln!(text, "{line}");
        if line.contains(LIST) {
            let indent = line.len() - line.trim_start().len() + 2;
            for code in Code::ALL {
                let title = code.title().replace('_', "\\_");
                let _ = writeln!(text, "{:indent$}- [{code}: {title}](errors/{code}.md)", "");
            }
        }
    }
    text
}

#[test]
fn the_book_has_every_page() {
    for (path, text) in book() {
        let there = std::fs::read_to_string(Path::new(ROOT).join(&path)).unwrap_or_default();
        assert_eq!(there, text, "{}: see the first lines of this file", path.display());
    }
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(names("docs/src/errors"), codes, "a page without a code");
    assert_eq!(names("migrate-cli/errors"), codes, "a page without a code");
    if let Ok(there) = std::fs::read_to_string(Path::new(ROOT).join("docs/src/SUMMARY.md")) {
        assert_eq!(there, contents(&there), "see the first lines of this file");
    }
}

#[test]
#[ignore = "writes the pages instead of checking them"]
fn bless() {
    let root = Path::new(ROOT);
    // Those of codes that are gone.
    let _ = std::fs::remove_dir_all(root.join("docs/src/errors"));
    std::fs::create_dir_all(root.join("docs/src/errors")).unwrap();
    for (path, text) in book() {
        std::fs::write(root.join(path), text).unwrap();
    }
    let summary = root.join("docs/src/SUMMARY.md");
    if let Ok(there) = std::fs::read_to_string(&summary) {
        std::fs::write(summary, contents(&there)).unwrap();
    }
}

#[test]
fn each_page_is_about_its_code() {
    for code in Code::ALL {
        let page = of_code(*code);
        let (title, rest) = page.split_once("\n\n").unwrap();
        assert_eq!(title, format!("# {code}: {}", code.title()));
        let (before, example) =
            rest.split_once("\n```text\n").unwrap_or_else(|| panic!("{code} has no example"));
        let (example, after) = example.split_once("\n```\n").unwrap();
        // What happened and why it is an error; what to do next.
        assert!(before.len() > 60 && after.trim().len() > 10, "{code} says too little");
        assert!(!example.is_empty() && page.ends_with('\n') && !page.ends_with("\n\n"), "{code}");
        // A message is one line, however long it is.
        let prose = page.split("```").step_by(2).flat_map(str::lines);
        for line in prose {
            assert!(line.chars().count() <= 132, "{code}: {line}");
        }
        // Another code is named where there is a page to go to.
        for (at, _) in page.match_indices("](M") {
            let named = page[at + 2..].split(".md)").next().unwrap();
            assert!(Code::parse(named).is_some(), "{code} refers to {named}");
        }
        for (at, _) in example.match_indices("[M0") {
            assert_eq!(&example[at + 1..at + 6], code.as_str(), "the example is of another code");
        }
    }
}

/// The sources outside of their tests.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("code.rs") {
            let file = std::fs::read_to_string(&path).unwrap();
            text.push_str(file.split("#[cfg(test)]").next().unwrap());
        }
    }
}

#[test]
fn each_code_is_some_errors() {
    let mut text = String::new();
    for package in ["source", "check", "macros", "runtime", "schema", "import", "server", "cli"]
        .map(|name| format!("migrate-{name}"))
    {
        sources(&Path::new(ROOT).join(package).join("src"), &mut text);
    }
    for code in Code::ALL {
        let [here, elsewhere] = [format!("Code::{code}"), format!("\"{code}\"")];
        assert!(text.contains(&here) || text.contains(&elsewhere), "no error has {code}");
    }
    // Those that are written down as texts, by crates that do not know the others.
    let is_code = |part: &&str| part.len() == 5 && part.starts_with("M0") && Code::parse(part).is_none();
    assert_eq!(text.split('"').find(is_code), None, "there is no such code");
}

#[test]
fn a_code_a_lint_and_neither() {
    let mut session = Session::new();
    session.run(&["explain", "M0144"]).run(&["explain", "drop-table"]);
    session.run(&["explain", "M0213"]).run(&["explain", "drop-tabel"]).run(&["explain", "everything"]);
    check("explain", &session.transcript());
    let page = session.output(&["explain", "M0144"]).stdout;
    for other in ["m0144", "144", "0144"] {
        assert_eq!(session.output(&["explain", other]).stdout, page, "{other}");
    }
    let hazard = String::from_utf8(session.output(&["explain", "rewrites-table"]).stdout).unwrap();
    assert!(hazard.contains("ACCESS EXCLUSIVE") && hazard.contains("volatile-default"), "{hazard}");
    let colored = session.output(&["explain", "144", "--color", "always"]).stdout;
    assert!(
        String::from_utf8(colored).unwrap().starts_with("\u{1b}[1mM0144: a sequence has a gap\u{1b}[0m\n")
    );
}

#[test]
fn all_of_them() {
    let session = Session::new();
    let list = String::from_utf8(session.output(&["explain"]).stdout).unwrap();
    assert!(list.starts_with("M0101  there is no such folder\nM0102  "), "{list}");
    let lines: Vec<&str> = list.lines().collect();
    assert!(
        lines.iter().any(|line| line.starts_with("drop-table ") && line.ends_with(" a table is dropped"))
    );
    let (object, exit) = session.json(&["explain"]);
    assert_eq!((exit, object["codes"].as_array().unwrap().len()), (0, lines.len() - 1));
}

#[test]
fn for_programs() {
    let session = Session::new();
    let (object, exit) = session.json(&["explain", "m0144"]);
    let explained = &object["explained"];
    assert_eq!(
        (exit, explained["code"].as_str(), explained["title"].as_str()),
        (0, Some("M0144"), Some(Code::M0144.title()))
    );
    assert_eq!(explained["text"].as_str(), Some(of_code(Code::M0144)));
    let (object, exit) = session.json(&["explain", "9999"]);
    assert_eq!((exit, object["error"]["code"].as_str()), (1, Some("M0909")), "{object:#}");
}
