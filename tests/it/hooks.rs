//! What a service hears while migrations are applied and reverted, and what comes of its refusals.

use std::sync::Mutex;
use std::time::Duration;

use migrate_runtime::{Action, BoxError, Done, Error, Hooks, MigrationSet, Plan, Report, Runner, Step};

use crate::support::{Db, LOG, ONE_ASKS, ROWS, WAITS, pairs, set, set_of, stems, until, value, with};

/// Writes down what it hears, and refuses what it is told to.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    refuses_run: bool,
    refuses: Option<&'static str>,
}

impl Heard {
    fn refusing(stem: &'static str) -> Self {
        Self { refuses: Some(stem), ..Self::default() }
    }

    fn hear(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Hooks for Heard {
    fn before_run(&self, plan: &Plan<'_>) -> Result<(), BoxError> {
        self.hear(format!("plan of {}", plan.steps().len()));
        if self.refuses_run { Err("not on a Friday".into()) } else { Ok(()) }
    }

    fn before_migration(&self, step: &Step<'_>) -> Result<(), BoxError> {
        let verb = if step.action() == Action::Apply { "apply" } else { "revert" };
        self.hear(format!("{verb} {}", step.stem()));
        if self.refuses == Some(step.stem()) { Err("not this one".into()) } else { Ok(()) }
    }

    fn before_statement(&self, step: &Step<'_>, statement: usize) {
        self.hear(format!("{} statement {statement}", step.stem()));
    }

    fn after_migration(&self, step: &Step<'_>, done: &Done) {
        assert_eq!((step.stem(), step.version()), (done.stem(), done.version()));
        self.hear(format!("done {}", step.stem()));
    }

    fn after_run(&self, result: Result<&Report, &Error>) {
        let (outcome, report) = match result {
            Ok(report) => ("ok", report),
            Err(error) => ("failed", error.report()),
        };
        let done = report.applied().len() + report.reverted().len() + report.recorded().len();
        self.hear(format!("{outcome}, {done} done"));
    }
}

/// One of each kind, each with its way back but for the repeatable one.
fn of_each_kind() -> MigrationSet {
    let stepwise = "-- migrate: no-transaction\nALTER TABLE t1 ADD a int;\nVACUUM t1;";
    let back = "-- migrate: no-transaction\nALTER TABLE t1 DROP a;\nVACUUM t1;";
    set_of(&with(
        &pairs(2),
        &[
            ("0003_s.up.sql", stepwise),
            ("0003_s.down.sql", back),
            ("0004_f.up.sql", "-- migrate: function"),
            ("0004_f.down.sql", "SELECT 1;"),
            ("R_v.sql", "SELECT 1;"),
        ],
    ))
}

fn runner<'a>(set: &'a MigrationSet, hooks: &'a Heard) -> Runner<'a> {
    Runner::new(set).hooks(hooks).function(4, |_| Box::pin(async { Ok(()) }))
}

#[tokio::test]
async fn what_is_heard_there_and_back() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (set, heard) = (of_each_kind(), Heard::default());
    let runner = runner(&set, &heard);
    runner.run(&mut client).await.unwrap();
    assert_eq!(
        heard.take(),
        [
            "plan of 5",
            "apply 0001_t1",
            "done 0001_t1",
            "apply 0002_t2",
            "done 0002_t2",
            "apply 0003_s",
            "0003_s statement 0",
            "0003_s statement 1",
            "done 0003_s",
            "apply 0004_f",
            "done 0004_f",
            "apply R_v",
            "done R_v",
            "ok, 5 done",
        ]
    );
    // Nothing is to be done: nothing is asked.
    runner.run(&mut client).await.unwrap();
    assert_eq!(heard.take(), ["ok, 0 done"]);
    runner.plan(&mut client).await.unwrap();
    runner.status(&mut client).await.unwrap();
    runner.repairs(&mut client).await.unwrap();
    assert!(heard.take().is_empty());

    runner.revert_to(&mut client, 1).await.unwrap();
    assert_eq!(
        heard.take(),
        [
            "plan of 3",
            "revert 0004_f",
            "done 0004_f",
            "revert 0003_s",
            "0003_s statement 0",
            "0003_s statement 1",
            "done 0003_s",
            "revert 0002_t2",
            "done 0002_t2",
            "ok, 3 done",
        ]
    );
    runner.revert(&mut client, 0).await.unwrap();
    assert_eq!(heard.take(), ["ok, 0 done"]);
    runner.skip(&mut client, 2).await.unwrap();
    assert_eq!(heard.take(), ["ok, 1 done"]);
    runner.baseline(&mut client, 2).await.unwrap_err();
    assert_eq!(heard.take(), ["failed, 0 done"]);
}

#[tokio::test]
async fn a_run_that_is_refused_does_nothing() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (set, heard) = (set_of(&pairs(2)), Heard { refuses_run: true, ..Heard::default() });
    let runner = Runner::new(&set).hooks(&heard);
    let error = runner.run(&mut client).await.unwrap_err();
    assert!(error.is_refused() && !error.is_migration());
    assert_eq!(error.to_string(), "the service refused to migrate: not on a Friday [M0616]");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "not on a Friday");
    assert_eq!(heard.take(), ["plan of 2", "failed, 0 done"]);
    assert_eq!(value(&client, "SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    set.run(&mut client).await.unwrap();
    // A database that is current has nothing to refuse.
    runner.run(&mut client).await.unwrap();
    let error = runner.revert(&mut client, 1).await.unwrap_err();
    assert!(error.is_refused() && error.report().current() == Some("0002_t2"));
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done");
}

#[tokio::test]
async fn a_migration_that_is_refused_keeps_what_came_before_it() {
    for (refused, applied) in [("0001_t1", 0), ("0002_t2", 1), ("0003_s", 2), ("0004_f", 3), ("R_v", 4)] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let (set, heard) = (of_each_kind(), Heard::refusing(refused));
        let error = runner(&set, &heard).run(&mut client).await.unwrap_err();
        assert!(error.is_refused(), "{error}");
        assert!(error.to_string().starts_with("migrations/"), "{error}");
        assert!(error.to_string().ends_with(": the service refused it: not this one [M0616]"), "{error}");
        assert_eq!((error.sqlstate(), error.position()), (None, None));
        assert_eq!(error.report().applied().len(), applied);
        assert_eq!(heard.take().last().unwrap(), &format!("failed, {applied} done"));
        let exists = value(&client, "SELECT to_regclass('schema_migrations') IS NOT NULL").await;
        if applied == 0 {
            // What is refused before anything was sent leaves nothing behind, not even the history.
            assert_eq!(exists, "f");
        } else {
            assert_eq!(value(&client, "SELECT count(*) FROM schema_migrations").await, applied.to_string());
            // It did not fail, and it is not in the log.
            let failed = "SELECT count(*) FROM schema_migrations_log WHERE outcome = 'failed'";
            assert_eq!(value(&client, failed).await, "0");
        }
        let heard = Heard::default();
        let report = runner(&set, &heard).run(&mut client).await.unwrap();
        assert_eq!(report.applied().len(), 5 - applied);
    }
}

#[tokio::test]
async fn a_down_that_is_refused_keeps_what_was_reverted_before_it() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (set, heard) = (of_each_kind(), Heard::refusing("0003_s"));
    runner(&set, &Heard::default()).run(&mut client).await.unwrap();
    let error = runner(&set, &heard).revert_to(&mut client, 0).await.unwrap_err();
    assert!(error.is_refused());
    assert_eq!(stems(error.report().reverted()), ["0004_f"]);
    assert_eq!(error.report().current(), Some("0003_s"));
    assert_eq!(value(&client, ROWS).await, "v applied, 1 applied, 2 applied, 3 applied");
    assert_eq!(
        heard.take(),
        ["plan of 4", "revert 0004_f", "done 0004_f", "revert 0003_s", "failed, 1 done"]
    );
}

#[tokio::test]
async fn what_goes_on_half_way_is_heard_from_there() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let with = |last: &str| {
        set(&[("0001_a.sql", &format!("-- migrate: no-transaction\nSELECT 1;\n{last}\nSELECT 3;"))])
    };
    let heard = Heard::default();
    Runner::new(&with("SELECT 1/0;")).hooks(&heard).run(&mut client).await.unwrap_err();
    let to_the_error =
        ["plan of 1", "apply 0001_a", "0001_a statement 0", "0001_a statement 1", "failed, 0 done"];
    assert_eq!(heard.take(), to_the_error);
    Runner::new(&with("SELECT 2;")).hooks(&heard).run(&mut client).await.unwrap();
    let from_there = [
        "plan of 1",
        "apply 0001_a",
        "0001_a statement 1",
        "0001_a statement 2",
        "done 0001_a",
        "ok, 1 done",
    ];
    assert_eq!(heard.take(), from_there);
}

#[tokio::test]
async fn what_is_tried_again_is_announced_again() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let (set, heard) = (
        set(&[("0001_a.sql", "CREATE TABLE a ();"), ("0002_b.sql", "ALTER TABLE a ADD b int;")]),
        Heard::default(),
    );
    Runner::new(&set).target(1).run(&mut client).await.unwrap();
    let reader = db.connect().await;
    reader.batch_execute("BEGIN; SELECT FROM a").await.unwrap();
    let runner = Runner::new(&set).hooks(&heard).lock_timeout(Duration::from_millis(50));
    let watcher = db.connect().await;
    let release = async {
        until(&watcher, WAITS).await;
        until(&watcher, "SELECT count(*) = 0 FROM pg_locks WHERE NOT granted").await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run(&mut client), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    let mut lines = heard.take();
    assert_eq!(lines.split_off(lines.len() - 2), ["done 0002_b", "ok, 1 done"]);
    assert!(lines.len() >= 4 && lines.chunks(2).all(|two| two == ["plan of 1", "apply 0002_b"]), "{lines:?}");
}

#[tokio::test]
async fn who_is_overtaken_hears_of_the_new_plan() {
    let db = Db::new().await;
    let (mut one, mut other, gate) = (db.connect().await, db.connect().await, db.connect().await);
    let (files, heard) = (pairs(3), Heard::default());
    let (shorter, set) = (set_of(&files[..4]), set_of(&files));
    Runner::new(&set).target(1).run(&mut one).await.unwrap();
    gate.batch_execute("BEGIN; CREATE TABLE t2 ()").await.unwrap();
    let watcher = db.connect().await;
    let runner = Runner::new(&set).hooks(&heard);
    let late = async {
        until(&watcher, WAITS).await;
        let (result, ()) = tokio::join!(runner.run(&mut other), async {
            until(&watcher, ONE_ASKS).await;
            gate.batch_execute("ROLLBACK").await.unwrap();
        });
        result
    };
    let (first, second) = tokio::join!(shorter.run(&mut one), late);
    assert_eq!(stems(first.unwrap().applied()), ["0002_t2"]);
    assert_eq!(stems(second.unwrap().applied()), ["0003_t3"]);
    let lines = ["plan of 2", "apply 0002_t2", "plan of 1", "apply 0003_t3", "done 0003_t3", "ok, 1 done"];
    assert_eq!(heard.take(), lines);
}

#[tokio::test]
async fn the_end_is_heard_also_where_there_was_no_beginning() {
    let db = Db::new().await;
    let (set, heard) = (set_of(&pairs(1)), Heard::default());
    let url = db.url.replace(&db.name, "no_such_database");
    assert!(Runner::new(&set).hooks(&heard).run_url(&url).await.unwrap_err().is_connect());
    assert_eq!(heard.take(), ["failed, 0 done"]);
    Runner::new(&set).hooks(&heard).target(7).run(&mut db.connect().await).await.unwrap_err();
    assert_eq!(heard.take(), ["failed, 0 done"]);
}
