//! The page of the promises names the tests that hold them: each is there.

use std::path::Path;

use crate::ROOT;

/// `` - `tests/it/cuts.rs`: `one`, `another` `` → the file and the tests.
fn named(line: &str) -> Option<(&str, Vec<&str>)> {
    let (file, tests) = line.strip_prefix("- `")?.split_once("`: ")?;
    file.ends_with(".rs").then(|| (file, tests.split('`').skip(1).step_by(2).collect()))
}

/// Whether the text has a test of this name: a function with the attribute above it.
fn has_test(text: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &&str| line.trim_start_matches("async ").starts_with(&function);
    let above = lines.iter().position(is_it).map(|at| lines[..at].iter().rev());
    let mut attributes = above.into_iter().flatten().take_while(|line| line.starts_with("#["));
    attributes.any(|line| line.contains("test]") || line.contains("test("))
}

#[test]
fn every_test_that_is_named_exists() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/src/promises.md")).unwrap();
    let mut count = 0;
    for (number, (file, tests)) in page.lines().filter_map(named).enumerate() {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file));
        let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!tests.is_empty(), "{number}: {file} without a test");
        for test in tests {
            count += 1;
            assert!(has_test(&text, test), "{file} has no test `{test}`");
        }
    }
    assert!(count > 40, "only {count} tests are named");
}

#[test]
fn a_function_that_is_no_test_is_not_taken_for_one() {
    let text = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\nasync fn three() {}\n";
    assert_eq!([true, false, true, false], ["one", "two", "three", "four"].map(|name| has_test(text, name)));
}
