//! Changes of schemas from other projects' suites, which are not part of this repository: the plan from before to after is
//! run, and somebody else judges whether it came there, and back.
//!
//! `SCHEMA_CASES=<folder> cargo test --release -p tests --test schema_cases -- --ignored --nocapture`. `SCHEMA_ONLY` takes
//! the cases whose name has it, `SCHEMA_DETAILS` names a file for what is to be known of each failure.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and this one reports"
)]

mod budget;
mod case;
mod database;
mod judge;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_server::Server;

use crate::case::Outcome;

fn folder() -> PathBuf {
    std::env::var_os("SCHEMA_CASES").expect("SCHEMA_CASES names the folder with the cases").into()
}

/// The folders that have both files, by the name of their suite and their own.
fn cases(root: &Path) -> Vec<(String, PathBuf)> {
    let only = std::env::var("SCHEMA_ONLY").unwrap_or_default();
    let mut cases = Vec::new();
    for suite in std::fs::read_dir(root).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for case in std::fs::read_dir(suite.path()).unwrap().map(Result::unwrap) {
            let name = format!("{}/{}", suite.file_name().display(), case.file_name().display());
            let is_case = case.path().join("before.sql").exists() && case.path().join("after.sql").exists();
            if is_case && only.split(',').any(|only| name.contains(only)) {
                cases.push((name, case.path()));
            }
        }
    }
    cases.sort();
    cases
}

#[test]
#[ignore = "reads cases that are not in this repository"]
fn every_change_is_made_and_taken_back() {
    let root = folder();
    let cases = Arc::new(cases(&root));
    assert!(!cases.is_empty(), "no cases");
    let server = Server::obtain().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let outcomes = runtime.block_on(async {
        let roles = std::fs::read_to_string(root.join("ROLES.txt")).unwrap();
        // The last two are those of the cases that were written for this project.
        database::create_roles(server.url(), roles.lines().chain(["oc_r1", "oc_r2"])).await;
        let judge = Arc::new(judge::Judge::new(&root));
        let next = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..3)
            .map(|worker| {
                let (cases, judge, next) = (Arc::clone(&cases), Arc::clone(&judge), Arc::clone(&next));
                let maker = database::Maker::new(&server, worker);
                tokio::spawn(async move {
                    let mut outcomes = Vec::new();
                    while let Some((name, path)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        outcomes.push((name.clone(), case::run(&maker, &judge, path).await));
                    }
                    outcomes
                })
            })
            .collect();
        let mut outcomes = BTreeMap::new();
        for worker in workers {
            outcomes.extend(worker.await.unwrap());
        }
        outcomes
    });
    report(&outcomes);
}

#[derive(Default)]
struct Tally {
    cases: usize,
    up: usize,
    down: usize,
    errors: usize,
}

fn report(outcomes: &BTreeMap<String, Outcome>) {
    let mut suites: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut details = String::new();
    for (name, outcome) in outcomes {
        let suite = name.split('/').next().unwrap_or_default();
        for tally in [suite, "~ all"] {
            let tally = suites.entry(tally).or_default();
            tally.cases += usize::from(outcome.is_valid());
            tally.up += usize::from(outcome.up.as_ref().is_some_and(Result::is_ok));
            tally.down += usize::from(outcome.down.as_ref().is_some_and(Result::is_ok));
            tally.errors += usize::from(outcome.is_error());
        }
        for (direction, result) in [("up", &outcome.up), ("down", &outcome.down)] {
            if let Some(Err(why)) = result {
                println!("{direction:>4} {name}: {}", why.lines().next().unwrap_or_default());
                let _ = writeln!(details, "=== {direction} {name}\n{why}\n");
            }
        }
        if let Some(invalid) = &outcome.invalid {
            println!("skip {name}: {invalid}");
        }
    }
    for (suite, Tally { cases, up, down, errors }) in &suites {
        let share = |count: &usize| {
            100.0 * f64::from(u32::try_from(*count).unwrap())
                / f64::from(u32::try_from(*cases).unwrap().max(1))
        };
        println!(
            "{suite:>14}: {cases:>5} cases, up {up:>5} ({:.1} %), down {down:>5} ({:.1} %), {errors} errors",
            share(up),
            share(down)
        );
    }
    budgets(outcomes);
    if let Some(file) = std::env::var_os("SCHEMA_DETAILS") {
        std::fs::write(file, details).unwrap();
    }
}

/// Which lines of the cases' budgets the plans keep.
fn budgets(outcomes: &BTreeMap<String, Outcome>) {
    let (mut kept, mut broken) = (0, 0);
    for (name, Outcome { budget, .. }) in outcomes {
        kept += budget.kept.len();
        broken += budget.broken.len();
        for line in &budget.broken {
            println!("budget {name}: broken: {line}");
        }
        for line in &budget.not_covered {
            println!("budget {name}: not covered: {line}");
        }
    }
    println!("{:>14}: {kept} lines kept, {broken} broken", "budgets");
}
