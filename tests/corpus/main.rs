//! Migrations of real projects, which are not part of this repository: what PostgreSQL takes the checks take, and what
//! it refuses they refuse; and the schemas that they make are made again.
//!
//! `CORPUS=<folder> cargo test -p tests --test corpus -- --ignored --nocapture`; `POSTGRES_BIN` names the PostgreSQL
//! whose parser is the judge.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and this one reports"
)]

mod judge;
#[path = "../schema_cases/judge.rs"]
mod listing;
mod mutant;
#[path = "../pg_dump.rs"]
mod pg_dump;
mod projects;
mod retyped;
mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use migrate_source::FaultKind;

use crate::judge::Judge;
use crate::mutant::Random;

fn folder() -> PathBuf {
    std::env::var_os("CORPUS").expect("CORPUS names the folder with migrations of real projects").into()
}

/// Every SQL file below the folder that `CORPUS` names.
fn files() -> Vec<PathBuf> {
    let files = files_below(folder());
    assert!(files.len() > 1000, "only {} files", files.len());
    files
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "sql") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The faults that the checks find in a text, as the only migration of a folder.
fn check(text: &str) -> Result<migrate_source::MigrationSet, migrate_source::Faults> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0001_it.sql"), text).unwrap();
    migrate_check::load(folder.path()).map(|loaded| loaded.set)
}

/// The statements of those files that are migrations as they are.
fn statements(files: Vec<PathBuf>) -> Vec<String> {
    let texts = files.into_iter().map(|path| fs::read_to_string(path).unwrap());
    let sets = texts.filter_map(|text| check(&text).ok());
    sets.flat_map(|set| {
        let script = set.iter().next().unwrap().up();
        script.statements().map(|range| script.text()[range].to_owned()).collect::<Vec<_>>()
    })
    .collect()
}

#[tokio::test]
#[ignore = "needs the folder that CORPUS names"]
async fn no_file_of_a_real_project_has_a_false_fault() {
    let judge = Judge::start().await;
    let files = files();
    let mut wrong = Vec::new();
    let (mut broken, mut others) = (0, 0);
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let Err(faults) = check(&text) else { continue };
        let is_of_grammar =
            |kind: &FaultKind| matches!(kind, FaultKind::Syntax { .. } | FaultKind::Uncheckable(_));
        if faults.iter().any(|fault| is_of_grammar(fault.kind())) {
            // A down that nobody ever ran is broken in earnest.
            if judge.refuses(&text).await {
                broken += 1;
                continue;
            }
            wrong.push(format!("{}\n{faults}", name(path)));
        } else {
            others += 1;
        }
    }
    println!(
        "{} files, {} with a false fault of the grammar, {broken} that PostgreSQL refuses too, {others} with other \
         faults: directives of other tools, files without a statement",
        files.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn name(path: &Path) -> String {
    path.components()
        .rev()
        .take(3)
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join(" < ")
}

/// How often the checks agree with PostgreSQL.
#[derive(Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
    wrongly_accepted: Vec<String>,
    wrongly_rejected: Vec<String>,
    /// Of those that both reject: where both see the same place.
    same_place: usize,
}

impl Tally {
    async fn take(&mut self, judge: &Judge, sql: &str) {
        let ours = migrate_check::syntax_fault(sql);
        match (judge.verdict(sql).await, ours) {
            (None, None) => self.accepted += 1,
            (Some(_), None) => self.wrongly_accepted.push(sql.to_owned()),
            (None, Some((_, message))) => self.wrongly_rejected.push(format!("{message}\n{sql}")),
            (Some(theirs), Some((offset, _))) => {
                self.rejected += 1;
                let place = sql.get(..offset).map(|before| before.chars().count() + 1);
                self.same_place += usize::from(theirs.is_some() && theirs == place);
            }
        }
    }

    fn report(&self, what: &str) {
        println!(
            "{what}: {} accepted by both, {} rejected by both ({} at the same place), {} wrongly accepted, {} wrongly \
             rejected",
            self.accepted,
            self.rejected,
            self.same_place,
            self.wrongly_accepted.len(),
            self.wrongly_rejected.len(),
        );
        if std::env::var_os("CORPUS_DETAILS").is_some() {
            self.wrongly_accepted.iter().for_each(|sql| println!("--- wrongly accepted\n{sql}"));
            self.wrongly_rejected.iter().for_each(|sql| println!("--- wrongly rejected\n{sql}"));
        }
    }
}

#[tokio::test]
#[ignore = "needs the folder that CORPUS names"]
async fn each_statement_of_a_real_project_passes_as_it_passes_postgresql() {
    let judge = Judge::start().await;
    let mut tally = Tally::default();
    for statement in statements(files()) {
        tally.take(&judge, &statement).await;
    }
    tally.report("statements");
    assert!(tally.accepted > 2000 && tally.wrongly_rejected.is_empty() && tally.wrongly_accepted.is_empty());
}

/// How many mutants there are for each seed, and how many of them the checks may let pass that PostgreSQL refuses.
const MUTANTS: usize = 20_000;
const WRONGLY_ACCEPTED: usize = MUTANTS / 5000;

/// A mutant of a longer one is hardly ever another case.
const LONGEST: usize = 2000;

#[tokio::test]
#[ignore = "needs the folder that CORPUS names"]
async fn mutants_are_judged_as_postgresql_judges_them() {
    let judge = Judge::start().await;
    let mut sources = vec![statements(files()), samples::accepted()];
    if let Some(folder) = std::env::var_os("SCHEMA_CASES") {
        sources.push(statements(files_below(folder.into())));
    }
    for source in &mut sources {
        source.retain(|statement| statement.len() <= LONGEST);
    }
    let seeds = std::env::var("CORPUS_SEEDS").unwrap_or_else(|_| "1 2".to_owned());
    for seed in seeds.split_whitespace() {
        let mut random = Random::new(seed.parse().unwrap());
        let mut tally = Tally::default();
        for _ in 0..MUTANTS {
            // Of each source equally many.
            let [source, other] = [0; 2].map(|_| random.below(sources.len()));
            let statement = &sources[source][random.below(sources[source].len())];
            tally.take(&judge, &mutant::of(statement, &sources[other], &mut random)).await;
        }
        let originals = sources.iter().map(Vec::len).sum::<usize>();
        tally.report(&format!("seed {seed}: {MUTANTS} mutants of {originals} statements"));
        let refused = tally.rejected + tally.wrongly_accepted.len();
        assert!(refused > MUTANTS / 2, "only {refused} mutants are broken");
        assert!(tally.wrongly_rejected.is_empty(), "{} wrongly rejected", tally.wrongly_rejected.len());
        assert!(
            tally.wrongly_accepted.len() <= WRONGLY_ACCEPTED,
            "{} wrongly accepted",
            tally.wrongly_accepted.len()
        );
    }
}
