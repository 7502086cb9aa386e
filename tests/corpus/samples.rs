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
    let mut blamed = Vec::new();
    for Sample { file, is_broken, sql } in samples() {
        if judge.verdict(&sql).await.is_some() != is_broken {
            blamed.push(format!("{file}: {sql}"));
        }
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
}

struct Sample {
    file: String,
    is_broken: bool,
    sql: String,
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-check/tests/grammar");
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let is_statement = |paragraph: &&str| !paragraph.lines().all(|line| line.starts_with("--"));
        samples.extend(text.split("\n\n").filter(is_statement).map(|sql| Sample {
            file: file.to_owned(),
            is_broken: file.ends_with("broken.sql"),
            sql: sql.trim().to_owned(),
        }));
    }
    samples.sort_by(|one, other| (&one.file, &one.sql).cmp(&(&other.file, &other.sql)));
    samples
}

/// Those that PostgreSQL takes.
pub(crate) fn accepted() -> Vec<String> {
    samples().into_iter().filter(|sample| !sample.is_broken).map(|sample| sample.sql).collect()
}
