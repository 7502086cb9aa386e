//! The rehearsal: what is pending is run on the real database, and nothing of it stays.

use std::sync::Mutex;
use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{BoxError, Done, Hooks, Rehearsal, Runner, Step, Unrehearsed};

use crate::support::{
    Db, NO_ADVISORY_LOCK, ROWS, TABLES, WAITS, pairs, set, set_of, stems, until, value, with,
};

/// Why what was not rehearsed: `0003_x: it comes after 0002_y`.
pub(crate) fn unrehearsed(rehearsal: &Rehearsal) -> Vec<String> {
    let line = |one: &Unrehearsed| format!("{}: {}", one.stem(), one.reason());
    rehearsal.unrehearsed().iter().map(line).collect()
}

const NO_TRANSACTION: &str = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() \
                              AND state LIKE 'idle in transaction%'";

/// Nothing has changed, and nothing is left open.
pub(crate) async fn is_untouched(db: &Db, client: &Client) {
    assert_eq!(value(client, "SELECT now() = statement_timestamp()").await, "t");
    assert_eq!(value(client, "SHOW search_path").await, "\"$user\", public");
    assert_eq!(value(client, "SHOW statement_timeout").await, "0");
    assert_eq!(db.value(NO_TRANSACTION).await, "t");
    assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
}

#[tokio::test]
async fn what_is_pending_is_run_and_rolled_back() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let sets = "CREATE SCHEMA app; SET search_path = app; SET work_mem = '5MB'; CREATE TABLE app.x (n int);";
    let view = "CREATE OR REPLACE VIEW v AS SELECT * FROM t1;";
    let set = set_of(&with(&pairs(3), &[("0004_sets.sql", sets), ("R_v.sql", view)]));
    let runner = Runner::new(&set);
    for _ in 0..2 {
        let rehearsal = runner.rehearse(&mut client).await.unwrap();
        assert_eq!(stems(rehearsal.rehearsed()), ["0001_t1", "0002_t2", "0003_t3", "0004_sets", "R_v"]);
        assert!(rehearsal.unrehearsed().is_empty() && rehearsal.duration() > Duration::ZERO);
        assert!(rehearsal.rehearsed().iter().all(|done| done.duration() > Duration::ZERO));
        assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");
        assert_eq!(db.value(TABLES).await, "");
        is_untouched(&db, &client).await;
    }
    // And with a history, and a target.
    runner.clone().target(1).run(&mut client).await.unwrap();
    let rehearsal = runner.clone().target(2).rehearse(&mut client).await.unwrap();
    assert_eq!(stems(rehearsal.rehearsed()), ["0002_t2"]);
    assert_eq!(db.value(ROWS).await, "1 applied");
    assert_eq!(db.value("SELECT count(*) FROM schema_migrations_log").await, "1");
    runner.run(&mut client).await.unwrap();
    assert!(runner.rehearse(&mut client).await.unwrap().rehearsed().is_empty());
    is_untouched(&db, &client).await;
}

#[tokio::test]
async fn what_fails_says_so_as_in_a_run() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    // In the parser, in the middle, and at the check that would come with COMMIT.
    let deferred =
        "CREATE TABLE f (n int REFERENCES t1 DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO f VALUES (7);";
    for (script, expected) in [
        ("CREATE TABLE x (n int);\nCREATE TABEL y ();", "0002_x.sql:2:8: syntax error at or near \"TABEL\""),
        ("CREATE TABLE x (n int);\nSELECT 1/0;", "0002_x.sql:2:1: division by zero"),
        (deferred, "0002_x.sql: at COMMIT: insert or update on table \"f\" violates foreign key constraint"),
    ] {
        let set = set(&[("0001_t1.sql", "CREATE TABLE t1 (id int PRIMARY KEY);"), ("0002_x.sql", script)]);
        let error = set_and(&set).rehearse(&mut client).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.is_migration() && error.report().applied().is_empty());
        assert_eq!(db.value(TABLES).await, "");
        is_untouched(&db, &client).await;
    }
}

pub(crate) fn set_and(set: &migrate_runtime::MigrationSet) -> Runner<'_> {
    Runner::new(set).max_attempts(1)
}

#[tokio::test]
async fn what_cannot_be_rehearsed_and_why() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE a (n int);"),
        ("0002_index.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);"),
        ("0003_b.sql", "CREATE TABLE b (n int);"),
        ("0004_fill.sql", "-- migrate: function\n"),
        ("0005_c.sql", "CREATE TABLE c (n int);"),
    ]);
    let runner = Runner::new(&set).function(4, |_| Box::pin(async { panic!("it is not called") }));
    let rehearsal = runner.rehearse(&mut client).await.unwrap();
    assert_eq!(stems(rehearsal.rehearsed()), ["0001_a", "0002_index", "0003_b", "0005_c"]);
    is_untouched(&db, &client).await;
    runner.clone().target(3).run(&mut client).await.unwrap();
    let rehearsal = runner.rehearse(&mut client).await.unwrap();
    assert_eq!(
        unrehearsed(&rehearsal),
        ["0004_fill: it is a function of the service, which may do more than what can be rolled back"]
    );
    assert_eq!(stems(rehearsal.rehearsed()), ["0005_c"]);
}

/// In a run, each of these is committed before the next one.
#[tokio::test]
async fn what_only_a_rehearsal_does_together() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    // The events of a deferred constraint would be in the way of ALTER TABLE, if they were not gone by then; and the
    // constraint is deferred again for the last one.
    let set = set(&[
        (
            "0001_a.sql",
            "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);",
        ),
        ("0002_rows.sql", "INSERT INTO a VALUES (1, 2), (2, 1);"),
        ("0003_alter.sql", "ALTER TABLE a ADD COLUMN name text;"),
        ("0004_more_rows.sql", "INSERT INTO a VALUES (3, 4);\nINSERT INTO a VALUES (4, 3);"),
        (
            "0005_later.sql",
            "CREATE TABLE b (id int UNIQUE DEFERRABLE);\nINSERT INTO b VALUES (1), (2);\nUPDATE b SET id = id + 1;",
        ),
    ]);
    let rehearsal = Runner::new(&set).rehearse(&mut client).await.unwrap();
    assert_eq!(rehearsal.rehearsed().len(), 5);
    is_untouched(&db, &client).await;

    let set = crate::support::set(&[
        ("0001_kind.sql", "CREATE TYPE kind AS ENUM ('a');"),
        ("0002_more.sql", "ALTER TYPE kind ADD VALUE 'b';"),
        ("0003_use.sql", "CREATE TABLE k (k kind DEFAULT 'b');"),
        ("0004_last.sql", "CREATE TABLE l (n int);"),
    ]);
    set_and(&set).target(1).run(&mut client).await.unwrap();
    let rehearsal = set_and(&set).rehearse(&mut client).await.unwrap();
    assert_eq!(stems(rehearsal.rehearsed()), ["0002_more", "0004_last"]);
    assert_eq!(
        unrehearsed(&rehearsal),
        ["0003_use: it uses an enum value that counts only once the migration which adds it is committed"]
    );
    is_untouched(&db, &client).await;
}

#[tokio::test]
async fn what_the_role_may_not_see_is_not_checked() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let role = format!("{}_rehearses", db.name);
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; CREATE SCHEMA others;
             CREATE TABLE others.t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); SET ROLE {role}"
        ))
        .await
        .unwrap();
    let own = "CREATE TABLE own (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO own VALUES (1);";
    let set = set(&[("0001_own.sql", own)]);
    assert_eq!(set_and(&set).rehearse(&mut client).await.unwrap().rehearsed().len(), 1);
    assert_eq!(value(&client, "SELECT current_user").await, role);
    client.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    refuses: Option<i64>,
}

impl Hooks for Heard {
    fn before_migration(&self, step: &Step<'_>) -> Result<(), BoxError> {
        self.lines.lock().unwrap().push(step.stem().to_owned());
        if self.refuses == Some(step.version()) { Err("not this one".into()) } else { Ok(()) }
    }

    fn after_migration(&self, _: &Step<'_>, _: &Done) {
        panic!("nothing is committed");
    }

    fn after_rehearsal(&self, _: &Step<'_>, done: &Done) {
        self.lines.lock().unwrap().push(format!("{} rehearsed", done.stem()));
    }
}

#[tokio::test]
async fn hooks_are_asked_and_told() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(2));
    let heard = Heard::default();
    Runner::new(&set).hooks(&heard).rehearse(&mut client).await.unwrap();
    let lines = heard.lines.into_inner().unwrap();
    assert_eq!(lines, ["0001_t1", "0001_t1 rehearsed", "0002_t2", "0002_t2 rehearsed"]);

    let heard = Heard { refuses: Some(2), ..Heard::default() };
    let error = Runner::new(&set).hooks(&heard).rehearse(&mut client).await.unwrap_err();
    assert!(error.is_refused(), "{error}");
    is_untouched(&db, &client).await;
}

#[tokio::test]
async fn one_that_is_dropped_leaves_nothing() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&with(&pairs(2), &[("0003_wait.sql", "LOCK TABLE gate;")]));
    db.execute("CREATE TABLE gate (n int)").await;
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let watcher = db.connect().await;
    let runner = Runner::new(&set).lock_timeout(Duration::from_secs(20));
    tokio::select! {
        _ = runner.rehearse(&mut client) => panic!("nobody can pass the gate"),
        () = until(&watcher, WAITS) => {}
    }
    gate.batch_execute("COMMIT").await.unwrap();
    assert_eq!(value(&client, TABLES).await, "gate");
    is_untouched(&db, &client).await;

    // And one that waits in vain says who was in the way.
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let runner = set_and(&set).lock_timeout(Duration::from_secs(2)).watch_url(&db.url);
    let error = runner.rehearse(&mut client).await.unwrap_err();
    assert!(error.is_lock_timeout() && error.blockers().len() == 1, "{error}");
    gate.batch_execute("COMMIT").await.unwrap();
    is_untouched(&db, &client).await;
}
