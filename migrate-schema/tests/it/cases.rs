//! Every case of `tests/cases`, and the statements that are written for each: `INSTA_UPDATE=always` writes them anew.
//!
//! `SCHEMA_ONLY=enum,view` takes those whose name has one of these.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::case::Case;
use crate::{opinion, support};

/// How many are run at the same time.
const WORKERS: usize = 4;

fn cases(major: u32) -> Vec<Case> {
    let only = std::env::var("SCHEMA_ONLY").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<Case> = paths.map(|path| Case::read(&path)).collect();
    cases.retain(|case| case.is_for(major) && only.split(',').any(|only| case.name.contains(only)));
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

#[test]
fn there_and_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (major, done) = runtime.block_on(async {
        let major = support::prepare().await;
        opinion::prepare(major);
        let cases = Arc::new(cases(major));
        let next = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                let (cases, next) = (Arc::clone(&cases), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    while let Some(at) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < cases.len())
                    {
                        let cases = Arc::clone(&cases);
                        // A case that panics says so by itself; the others go on.
                        let run = tokio::spawn(async move { cases[at].run().await }).await;
                        done.push((at, run.ok()));
                    }
                    done
                })
            })
            .collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.await.unwrap());
        }
        done.sort();
        let done: Vec<(Case, Option<String>)> = Arc::try_unwrap(cases)
            .unwrap()
            .into_iter()
            .zip(done.into_iter().map(|(_, review)| review))
            .collect();
        (major, done)
    });
    assert!(!done.is_empty(), "no cases");
    let mut failed = Vec::new();
    for (case, review) in done {
        let is_as_before = |review: String| {
            let pinned = || insta::assert_snapshot!(case.name.as_str(), review);
            !case.is_pinned_for(major)
                || std::panic::catch_unwind(std::panic::AssertUnwindSafe(pinned)).is_ok()
        };
        if !review.is_some_and(is_as_before) {
            failed.push(case.name);
        }
    }
    assert!(failed.is_empty(), "{} failed: {}", failed.len(), failed.join(", "));
}
