//! Statements of each form in PostgreSQL's manual, one a paragraph, in `grammar/*.sql`: all pass. Those in `…broken.sql` do not.
//! `tests/corpus/samples.rs` asks PostgreSQL the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/grammar");

/// The statements of a file.
fn statements(file: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("{SAMPLES}/{file}")).unwrap();
    let is_statement = |paragraph: &&str| !paragraph.lines().all(|line| line.starts_with("--"));
    text.split("\n\n").filter(is_statement).map(|paragraph| paragraph.trim().to_owned()).collect()
}

#[test]
fn each_form_of_the_manual_passes() {
    let mut blamed = Vec::new();
    let mut passed = 0;
    for entry in fs::read_dir(SAMPLES).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file.ends_with("broken.sql") {
            continue;
        }
        for sql in statements(&file) {
            match migrate_check::syntax_fault(&sql) {
                None => passed += 1,
                Some((offset, message)) => blamed.push(format!("{file}: {message}: {}", &sql[offset..])),
            }
        }
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
    assert!(passed > 700, "only {passed}");
}

#[test]
fn what_is_broken_does_not_pass() {
    for file in ["broken.sql", "rules-broken.sql"] {
        let statements = statements(file);
        assert!(statements.len() > 50, "{file}");
        let passed: Vec<String> =
            statements.into_iter().filter(|sql| migrate_check::syntax_fault(sql).is_none()).collect();
        assert!(passed.is_empty(), "{file}\n{}", passed.join("\n"));
    }
}
