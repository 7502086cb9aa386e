//! The set whose runs are disturbed, and the state in which each must end, however often it was disturbed: cut, killed,
//! stopped, in whatever place.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::Client;

use crate::fault_proxy::{Act, Direction, Fault, FaultProxy, Passed};
use crate::support::{Db, INVALID_INDEXES, NO_ADVISORY_LOCK, until, value};

/// Each statement leaves a trace that shows whether it was run twice, or not at all.
pub(crate) const FILES: [(&str, &str); 5] = [
    (
        "0001_log.sql",
        "CREATE TABLE log (n int NOT NULL); CREATE TABLE gate (n int PRIMARY KEY, passed int NOT NULL); \
         INSERT INTO gate SELECT n, 0 FROM generate_series(1, 6) AS n; INSERT INTO log VALUES (1);",
    ),
    (
        "0002_tables.sql",
        "CREATE TABLE a (id int PRIMARY KEY); UPDATE gate SET passed = passed + 1 WHERE n = 1; INSERT INTO log VALUES (2); \
         CREATE TABLE b (id int REFERENCES a); UPDATE gate SET passed = passed + 1 WHERE n = 2;",
    ),
    (
        "0003_column.sql",
        "INSERT INTO log VALUES (3); UPDATE gate SET passed = passed + 1 WHERE n = 3; ALTER TABLE a ADD COLUMN n int;",
    ),
    (
        "0004_index.sql",
        "-- migrate: no-transaction\nINSERT INTO log VALUES (41);\nUPDATE gate SET passed = passed + 1 WHERE n = 4;\n\
         CREATE INDEX CONCURRENTLY log_n_idx ON log (n);\nINSERT INTO log VALUES (44);\n\
         UPDATE gate SET passed = passed + 1 WHERE n = 5;",
    ),
    (
        "0005_last.sql",
        "CREATE TABLE c (id int); INSERT INTO log VALUES (5); UPDATE gate SET passed = passed + 1 WHERE n = 6;",
    ),
];

/// What holds up the run, in the order in which it comes to them, from the second migration on.
pub(crate) const GATES: [&str; 7] = [
    "SELECT FROM gate WHERE n = 1 FOR UPDATE",
    "SELECT FROM gate WHERE n = 2 FOR UPDATE",
    "SELECT FROM gate WHERE n = 3 FOR UPDATE",
    "SELECT FROM gate WHERE n = 4 FOR UPDATE",
    // An index build waits for whoever may write to the table.
    "LOCK TABLE log IN ROW EXCLUSIVE MODE",
    "SELECT FROM gate WHERE n = 5 FOR UPDATE",
    "SELECT FROM gate WHERE n = 6 FOR UPDATE",
];

/// History, log, gates, tables with the number of their columns, indexes, and what the history's log says was done.
const STATE: &str = "SELECT concat_ws('; ', \
     (SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM schema_migrations), \
     (SELECT string_agg(n::text, ',' ORDER BY n) FROM log), \
     (SELECT string_agg(passed::text, ',' ORDER BY n) FROM gate), \
     (SELECT string_agg(relname || ' ' || relnatts, ', ' ORDER BY relname) FROM pg_class \
      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema_migrations%'), \
     (SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class \
      WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema_migrations%'), \
     (SELECT string_agg(version || ' ' || action, ', ' ORDER BY version) FROM schema_migrations_log \
      WHERE outcome = 'done'))";

const END: &str = "1 applied, 2 applied, 3 applied, 4 applied, 5 applied; 1,2,3,5,41,44; 1,1,1,1,1,1; \
                   a 2, b 1, c 1, gate 2, log 1; a_pkey, gate_pkey, log_n_idx; \
                   1 apply, 2 apply, 3 apply, 4 apply, 5 apply";

/// Longer than any run takes, and shorter than anybody's patience.
const AT_MOST: Duration = Duration::from_mins(1);

/// What passes between an undisturbed run and the server.
pub(crate) async fn conversation(set: &MigrationSet, db: &Db) -> Passed {
    let proxy = FaultProxy::to(&db.url, None).await;
    set.run_url(&proxy.url(&db.url)).await.unwrap();
    proxy.passed()
}

/// The same, of the set that is disturbed here, which ends as it should.
pub(crate) async fn measure(set: &MigrationSet) -> Passed {
    let db = Db::new().await;
    let passed = conversation(set, &db).await;
    judge(&db.connect().await).await.unwrap();
    passed
}

/// Where to disturb a run that passes so much: after each message that the server has whole, in the first of these ways;
/// and in so many places of each direction, from a seeded one on, in a seeded one of these ways.
pub(crate) fn faults(passed: &Passed, places: usize, acts: &[Act], mut random: Random) -> Vec<Fault> {
    let at_end = |&after: &usize| Fault { direction: Direction::ToServer, after, act: acts[0] };
    let mut faults: Vec<Fault> = passed.turns.iter().map(at_end).collect();
    for (direction, total) in
        [(Direction::ToServer, passed.to_server), (Direction::ToClient, passed.to_client)]
    {
        let step = total / places;
        let places = (random.below(step)..total).step_by(step);
        faults.extend(places.map(|after| Fault { direction, after, act: acts[random.below(acts.len())] }));
    }
    faults
}

/// Disturbs a run in each of these places, on an empty database each time, and finishes it. The answer is how many left
/// work to do. `disturb` is given the URL of the database, and says how the disturbed run ended.
pub(crate) async fn sweep(
    set: &MigrationSet,
    faults: &[Fault],
    disturb: impl AsyncFn(Fault, &str) -> String,
) -> usize {
    let (next, left, failures) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
    // One waits while another works.
    let lane = async || {
        let db = Db::new().await;
        let watcher = db.connect().await;
        while let Some(&fault) = faults.get(next.replace(next.get() + 1)) {
            watcher.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
            let first = disturb(fault, &db.url).await;
            match finish(set, &db.url, &watcher).await {
                Ok(applied) => left.set(left.get() + usize::from(applied > 0)),
                Err(failure) => failures.borrow_mut().push(format!("{fault:?}: {first}; then {failure}")),
            }
        }
    };
    tokio::join!(lane(), lane(), lane());
    let failures = failures.into_inner();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), faults.len(), failures.join("\n"));
    left.get()
}

/// Does what is left to do when nothing disturbs any more, and how many migrations that is. The server may still be at
/// work for the run before, which this one has to cope with by itself. `watcher` is the only other session in the end.
pub(crate) async fn finish(set: &MigrationSet, url: &str, watcher: &Client) -> Result<usize, String> {
    let report = match tokio::time::timeout(AT_MOST, set.run_url(url)).await {
        Ok(result) => result.map_err(|error| format!("{error:#}"))?,
        Err(_) => return Err(format!("the next run takes longer than {AT_MOST:?}")),
    };
    judge(watcher).await?;
    Ok(report.applied().len())
}

/// What is not as an undisturbed run leaves it.
async fn judge(watcher: &Client) -> Result<(), String> {
    until(watcher, NOBODY_ELSE).await;
    let state = value(watcher, STATE).await;
    let (invalid, unlocked) = (value(watcher, INVALID_INDEXES).await, value(watcher, NO_ADVISORY_LOCK).await);
    if (&*state, &*invalid, &*unlocked) == (END, "0", "t") {
        return Ok(());
    }
    Err(format!("it is {state}\ninstead of {END}; {invalid} invalid indexes; no advisory lock: {unlocked}"))
}

const NOBODY_ELSE: &str = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() \
                           AND backend_type = 'client backend'";

/// Numbers that are the same in each run of the tests.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seed(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to one less than `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}
