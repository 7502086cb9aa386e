//! The samples of `migrate-check/tests/grammar` are what they are said to be, by PostgreSQL's own parser.

use std::fs;
use std::path::Path;

use crate::judge::Judge;

/// The forms of this version's manual are in the samples.
const NEWEST: u32 = 18_00_00;

#[tokio::test]
async fn the_samples_of_the_grammar_are_judged_by_postgresql_in_the_same_way() {
    let judge = Judge::start().await;
    if judge.version < NEWEST {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-check/tests/grammar");
    let mut blamed = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_broken = path.file_name().is_some_and(|name| name == "broken.sql");
        let text = fs::read_to_string(&path).unwrap();
        let is_statement = |paragraph: &&str| !paragraph.lines().all(|line| line.starts_with("--"));
        for sql in text.split("\n\n").filter(is_statement) {
            if judge.verdict(sql.trim()).await.is_some() != is_broken {
                blamed.push(format!("{}: {sql}", path.display()));
            }
        }
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
}
