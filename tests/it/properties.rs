//! Random sets on random histories, on the real server: what must hold whatever they are. The model of what is expected is
//! in `properties/model.rs`; the seed is fixed, so that each run has the same cases.

mod model;

use std::collections::BTreeSet;

use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};
use migrate_runtime::{Error, MigrationSet, Report};
use proptest::prelude::TestCaseError;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Db, say, set};
use model::{Case, case};

const CASES: u32 = 400;
const SEED: [u8; 32] = *b"whatever the set and the history";

/// What was there before a run, or is there after it.
#[derive(Debug, PartialEq, Eq)]
struct Snapshot {
    /// Every column of every row of the history, but for the times at which statements were claimed.
    rows: Vec<String>,
    log: String,
    /// Version and number of each statement that was run, in this order.
    trace: Vec<(i64, usize)>,
}

async fn lines(client: &Client, sql: &str) -> Vec<String> {
    let messages = client.simple_query(sql).await.unwrap();
    let line = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    messages.iter().filter_map(line).collect()
}

impl Snapshot {
    async fn of(client: &Client) -> Self {
        let rows = "SELECT to_json(x) FROM schema_migrations AS x ORDER BY version, description";
        let trace = lines(client, "SELECT concat(version, ' ', n) FROM trace ORDER BY id").await;
        let pair = |line: &String| {
            let (version, n) = line.split_once(' ').unwrap();
            (version.parse().unwrap(), n.parse().unwrap())
        };
        Self {
            rows: lines(client, rows).await,
            log: lines(client, "SELECT count(*) FROM schema_migrations_log").await.concat(),
            trace: trace.iter().map(pair).collect(),
        }
    }
}

/// What happened in one case.
struct Story<'c> {
    case: &'c Case,
    before: Snapshot,
    /// The stems of the steps, or what contradicts.
    plan: Result<Vec<String>, Error>,
    run: Result<Report, Error>,
    after: Snapshot,
    plan_after: Result<Vec<String>, Error>,
}

impl<'c> Story<'c> {
    async fn of(case: &'c Case, client: &mut Client) -> Self {
        client.batch_execute(&case.history()).await.unwrap();
        let files = case.files();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
        let set: MigrationSet = set(&files);
        let runner = case.runner(&set);
        let before = Snapshot::of(client).await;
        let plan = stems(runner.plan(client).await);
        let run = runner.run(client).await;
        let after = Snapshot::of(client).await;
        let plan_after = stems(runner.plan(client).await);
        Self { case, before, plan, run, after, plan_after }
    }

    fn check(&self) {
        self.it_is_decided_as_the_model_decides();
        self.contradictions_name_each_version();
        self.the_plan_is_what_the_run_does();
        self.nothing_runs_out_of_order();
        self.nothing_runs_twice();
        self.nothing_is_left_after_a_success();
        self.an_error_changes_nothing();
    }

    fn it_is_decided_as_the_model_decides(&self) {
        match &self.plan {
            Ok(steps) => assert_eq!(*steps, self.case.steps()),
            Err(_) => assert!(!self.case.contradictions().is_empty()),
        }
    }

    fn contradictions_name_each_version(&self) {
        for error in [self.plan.as_ref().err(), self.run.as_ref().err()].into_iter().flatten() {
            if error.is_migration() {
                continue;
            }
            let full = format!("{error:#}");
            let named: BTreeSet<i64> = full.lines().map(model::version_named).collect();
            assert_eq!(named, self.case.contradictions(), "{full}");
            assert_eq!(error.version(), named.first().copied());
            assert_eq!(full.lines().count(), named.len(), "{full}");
        }
    }

    fn the_plan_is_what_the_run_does(&self) {
        let applied = |report: &Report| -> Vec<String> {
            report.applied().iter().map(|done| done.stem().to_owned()).collect()
        };
        match (&self.plan, &self.run) {
            (Ok(steps), Ok(report)) => assert_eq!(*steps, applied(report)),
            // As far as it came.
            (Ok(steps), Err(error)) => {
                let done = applied(error.report());
                assert_eq!(steps[..done.len()], done);
                let failed = steps[done.len()].split_once('_').unwrap().0.parse().unwrap_or(0);
                assert_eq!(error.version(), Some(failed));
                assert!(self.case.fails(failed), "{error}");
            }
            (Err(planned), Err(error)) => assert_eq!(planned.to_string(), error.to_string()),
            (Err(planned), Ok(report)) => panic!("{planned}\n{report}"),
        }
    }

    fn nothing_runs_out_of_order(&self) {
        let versions: Vec<i64> = self.after.trace.iter().map(|(version, _)| *version).collect();
        let of_files: Vec<i64> = versions.iter().copied().filter(|version| *version > 0).collect();
        assert!(of_files.is_sorted());
        // The repeatable ones are behind them.
        assert!(versions.iter().skip_while(|version| **version > 0).all(|version| *version == 0));
        let highest = self.case.highest_row();
        for version in of_files {
            let is_begun = self.case.has_row(version);
            assert!(version > highest || is_begun || self.case.rules.out_of_order);
            assert!(self.case.target().is_none_or(|target| version <= target));
        }
    }

    fn nothing_runs_twice(&self) {
        let ran: BTreeSet<&(i64, usize)> =
            self.after.trace.iter().filter(|(version, _)| *version > 0).collect();
        let count = self.after.trace.iter().filter(|(version, _)| *version > 0).count();
        assert_eq!(ran.len(), count);
        for (version, statement) in ran {
            assert!(!self.case.is_done(*version, *statement), "{version} {statement}");
        }
    }

    fn nothing_is_left_after_a_success(&self) {
        if let Ok(report) = &self.run {
            assert_eq!(self.plan_after.as_ref().ok(), Some(&Vec::new()));
            assert_eq!(report.current().map(model::version_named), self.case.newest_after());
            assert_eq!(report.ahead(), self.case.ahead());
        }
    }

    fn an_error_changes_nothing(&self) {
        match &self.run {
            Err(error) if error.is_migration() => {
                assert_eq!(error.report().applied().len() + 1, self.after.log.parse::<usize>().unwrap());
                // What was recorded before is as it was; only what was not finished may have gone on.
                let goes_on = ["\"version\":0,", "\"state\":\"failed\"", "\"state\":\"running\""];
                let stays = |row: &&String| !goes_on.iter().any(|part| row.contains(part));
                assert!(self.before.rows.iter().filter(stays).all(|row| self.after.rows.contains(row)));
                // Of one with a transaction, nothing is left.
                let version = error.version().unwrap();
                if !self.case.is_stepwise(version) {
                    assert!(self.after.trace.iter().all(|(of, _)| *of != version));
                    assert!(
                        !self.after.rows.iter().any(|row| row.contains(&format!("\"version\":{version},")))
                    );
                }
            }
            Err(_) => assert_eq!(self.before, self.after),
            Ok(report) => {
                assert_eq!(report.applied().len(), self.after.log.parse::<usize>().unwrap());
                assert!(!report.applied().is_empty() || self.before == self.after);
            }
        }
    }
}

fn stems(plan: Result<migrate_runtime::Plan<'_>, Error>) -> Result<Vec<String>, Error> {
    plan.map(|plan| plan.steps().iter().map(|step| step.stem().to_owned()).collect())
}

#[test]
fn whatever_the_set_and_the_history() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (db, client) = runtime.block_on(async {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let trace = "CREATE TABLE trace (id bigint GENERATED ALWAYS AS IDENTITY, version bigint, n int);";
        set(&[("0001_trace.sql", trace)]).run(&mut client).await.unwrap();
        (db, client)
    });
    let client = std::cell::RefCell::new(client);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &SEED));
    let counts = std::cell::RefCell::new([0_u32; 3]);
    let result = runner.run(&case(), |case| {
        let story = runtime.block_on(Box::pin(Story::of(&case, &mut client.borrow_mut())));
        let kind = match &story.run {
            Ok(_) => 0,
            Err(error) if error.is_migration() => 1,
            Err(_) => 2,
        };
        counts.borrow_mut()[kind] += 1;
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story.check()));
        checked.map_err(|panic| TestCaseError::fail(panic_text(&*panic)))
    });
    let [succeeded, failed, contradicted] = counts.into_inner();
    say(&format!("{CASES} cases: {succeeded} succeeded, {failed} failed, {contradicted} contradicted"));
    assert!(result.is_ok(), "{}", result.unwrap_err());
    // Each kind is there often enough to mean something.
    assert!(succeeded.min(failed).min(contradicted) * 20 > CASES);
    drop(runtime.block_on(async { db }));
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned())).unwrap_or_default()
}
