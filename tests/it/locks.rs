//! Lock-queue safety: a migration gives up its place in the queue, gets there in the end, and says who was in the way.

use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};
use tracing::Level;

use crate::log::Log;
use crate::skip::skip;
use crate::support::{Db, HISTORY, WAITS, connect, options, set, until, value};

pub(crate) const FIRST: (&str, &str) = ("0001_t.sql", "CREATE TABLE t (id int); CREATE TABLE log (n int);");
const ALTERS: &str = "INSERT INTO log VALUES (1); ALTER TABLE t ADD COLUMN name text;";
pub(crate) const SHORT: Duration = Duration::from_millis(200);
/// Long enough to look on from a second connection, on a machine that is busy.
pub(crate) const ENOUGH: Duration = Duration::from_secs(1);
const NOBODY_WAITS: &str = "SELECT count(*) = 0 FROM pg_locks WHERE NOT granted";

/// A database with the table `t`, which a session that does nothing keeps from being altered.
pub(crate) struct Scene {
    pub(crate) db: Db,
    pub(crate) reader: Client,
    pub(crate) pid: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = Db::new().await;
        set(&[FIRST]).run(&mut db.connect().await).await.unwrap();
        let reader = db.connect().await;
        reader.batch_execute("SET application_name = 'billing \"nightly\"'; BEGIN").await.unwrap();
        let pid = value(&reader, "SELECT pg_backend_pid()").await;
        reader.batch_execute("SELECT *\n  FROM t").await.unwrap();
        Self { db, reader, pid }
    }
}

fn altering() -> MigrationSet {
    set(&[FIRST, ("0002_add.sql", ALTERS)])
}

#[tokio::test]
async fn a_migration_that_runs_into_the_lock_timeout_is_tried_again_whole() {
    let Scene { db, reader, .. } = Scene::new().await;
    let set = altering();
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(50));
    let release = async {
        let watcher = db.connect().await;
        // The first attempt waits, and gives up.
        until(&watcher, WAITS).await;
        until(&watcher, NOBODY_WAITS).await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let mut client = db.connect().await;
    let (report, ()) = tokio::join!(runner.run(&mut client), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(db.value("SELECT count(*) FROM log").await, "1");
}

/// Over a URL of its own, and over one to watch from.
async fn check_who_is_in_the_way(directive: &str) {
    for by_url in [true, false] {
        let scene = Scene::new().await;
        let (url, pid) = (scene.db.url.as_str(), scene.pid.as_str());
        let set = set(&[FIRST, ("0002_add.sql", &format!("{directive}{ALTERS}"))]);
        let runner = Runner::new(&set).lock_timeout(ENOUGH).max_attempts(2);
        let log = Log::default();
        let error = if by_url {
            log.of(Level::INFO, runner.run_url(url)).await.unwrap_err()
        } else {
            let mut client = scene.db.connect().await;
            let runner = runner.watch_url(url);
            log.of(Level::INFO, runner.run(&mut client)).await.unwrap_err()
        };
        assert!(error.is_lock_timeout(), "{error}");
        let text = error.to_string();
        let who = format!("pid {pid} (application \"billing \\\"nightly\\\"\", role ");
        for piece in [
            ", at each of 2 attempts; the lock was held by ",
            &who,
            ", idle in transaction for ",
            ", transaction ",
            "): SELECT * FROM t; end that session, or start again later; a longer",
        ] {
            assert!(text.contains(piece), "{piece:?} is not in {text}");
        }
        let [blocker] = error.blockers() else { panic!("{:?}", error.blockers()) };
        assert_eq!(blocker.pid().to_string(), pid);
        assert_eq!(blocker.application(), Some("billing \"nightly\""));
        assert_eq!(blocker.state(), Some("idle in transaction"));
        assert_eq!(blocker.query(), Some("SELECT *\n  FROM t"));
        assert_eq!(blocker.wanted(), Some("AccessExclusiveLock on t"));
        assert!(blocker.user().is_some() && blocker.state_age().is_some());
        assert!(blocker.transaction_age() >= blocker.state_age(), "{blocker:?}");
        assert_eq!(log.count(&["WARN", "a migration waits for a lock", &who]), 2, "{}", log.text());
        assert_eq!(log.count(&["WARN", "will be tried again", "attempt=1", &who]), 1, "{}", log.text());
    }
}

#[tokio::test]
async fn who_is_in_the_way_is_told_by_each_attempt_and_by_the_error() {
    check_who_is_in_the_way("").await;
}

#[tokio::test]
async fn who_is_in_the_way_of_one_without_a_transaction_is_told_too() {
    check_who_is_in_the_way("-- migrate: no-transaction\n").await;
}

/// What the error says where nobody could look, and how often it was tried.
#[tokio::test]
async fn where_nobody_can_look_the_error_says_why() {
    let Scene { db, reader: _reader, .. } = Scene::new().await;
    let set = altering();
    let runner = Runner::new(&set).lock_timeout(SHORT).max_attempts(1);
    let mut client = db.connect().await;
    let no_url = runner.run(&mut client).await.unwrap_err();
    let nowhere = db.url.replace(&db.name, "nowhere_to_look_from");
    let wrong_url = runner.clone().watch_url(nowhere).run(&mut client).await.unwrap_err();
    let nowait = crate::support::set(&[FIRST, ("0002_lock.sql", "LOCK TABLE t NOWAIT;")]);
    let at_once = Runner::new(&nowait).max_attempts(0).run_url(&db.url).await.unwrap_err();
    for (error, why) in [
        (no_url, "which takes a second connection (run_url, or Runner::watch_url)"),
        (wrong_url, "because a second connection failed: "),
        (at_once, "because it was over too soon"),
    ] {
        assert!(error.is_lock_timeout() && error.blockers().is_empty(), "{error}");
        assert!(
            error.to_string().contains(&format!("; who held it could not be found out, {why}")),
            "{error}"
        );
        assert!(!error.to_string().contains("attempts"), "{error}");
    }
}

/// A failure that may pass is tried again, in both kinds of migrations; the sequence remembers what is rolled back.
#[tokio::test]
async fn what_may_pass_is_tried_again_and_nothing_else() {
    for directive in ["", "-- migrate: no-transaction\n"] {
        for (sqlstate, passes) in [("40001", true), ("40P01", true), ("55P03", true), ("22012", false)] {
            let db = Db::new().await;
            let once = format!(
                "{directive}INSERT INTO log VALUES (1); DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE EXCEPTION 'once' \
                 USING ERRCODE = '{sqlstate}'; END IF; END $$;"
            );
            let set = set(&[
                ("0001_log.sql", "CREATE TABLE log (n int); CREATE SEQUENCE tries;"),
                ("0002_once.sql", &once),
            ]);
            let result = set.run(&mut db.connect().await).await;
            assert_eq!(result.is_ok(), passes, "{sqlstate}: {result:?}");
            assert_eq!(db.value(HISTORY).await, if passes { "1,2" } else { "1" }, "{sqlstate}");
            let rows = if passes || !directive.is_empty() { "1" } else { "0" };
            assert_eq!(db.value("SELECT count(*) FROM log").await, rows, "{sqlstate}");
            assert_eq!(db.value("SELECT last_value FROM tries").await, if passes { "2" } else { "1" });
        }
    }
}

#[tokio::test]
async fn a_deadlock_with_another_session_is_tried_again() {
    let db = Db::new().await;
    // The migration has `a` and asks for `b` as soon as the other, who has `b`, asks for `a`. It notices first.
    let script = "SET LOCAL deadlock_timeout = '10ms'; LOCK TABLE a; DO $$ BEGIN IF nextval('tries') = 1 THEN \
                  WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'a'::regclass AND NOT granted) LOOP \
                  PERFORM pg_sleep(0.01); END LOOP; END IF; END $$; ALTER TABLE b ADD COLUMN x int;";
    let set = set(&[
        ("0001_ab.sql", "CREATE TABLE a (); CREATE TABLE b (); CREATE SEQUENCE tries;"),
        ("0002_ba.sql", script),
    ]);
    Runner::new(&set).target(1).run(&mut db.connect().await).await.unwrap();
    let other = db.connect().await;
    other.batch_execute("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE b").await.unwrap();
    let cross = async {
        let watcher = db.connect().await;
        until(&watcher, "SELECT count(*) = 1 FROM pg_locks WHERE relation = 'a'::regclass AND granted").await;
        other.batch_execute("LOCK TABLE a; COMMIT").await.unwrap();
    };
    let mut client = db.connect().await;
    let (report, ()) = tokio::join!(set.run(&mut client), cross);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value("SELECT last_value FROM tries").await, "2");
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn a_prepared_transaction_is_named_as_such() {
    let server = match options().setting("max_prepared_transactions", "2").start() {
        Ok(server) => server,
        Err(error) => return skip("postgres", &format!("there is none to set up: {error}")),
    };
    let client = connect(server.url()).await;
    set(&[FIRST]).run_url(server.url()).await.unwrap();
    client.batch_execute("BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'forgotten'").await.unwrap();
    let set = altering();
    let runner = Runner::new(&set).lock_timeout(ENOUGH).max_attempts(1);
    let error = runner.run_url(server.url()).await.unwrap_err();
    assert_eq!(error.blockers().iter().map(migrate_runtime::Blocker::pid).collect::<Vec<_>>(), [0]);
    assert!(
        error.to_string().contains("; the lock was held by a prepared transaction (pg_prepared_xacts lists")
    );
    client.batch_execute("ROLLBACK PREPARED 'forgotten'").await.unwrap();
    assert_eq!(runner.run_url(server.url()).await.unwrap().applied().len(), 1);
}

/// An index that is built concurrently waits for transactions, with no timeout of ours; who holds it up is logged.
#[tokio::test]
async fn a_statement_that_may_wait_for_long_says_for_whom() {
    let Scene { db, reader, pid } = Scene::new().await;
    reader.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
    let set =
        set(&[FIRST, ("0002_i.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (id);")]);
    let log = Log::default();
    let runner = Runner::new(&set).lock_timeout(SHORT);
    let release = async {
        log.until("a migration waits for a lock").await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(log.of(Level::INFO, runner.run_url(&db.url)), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(
        log.count(&["waits for a lock", &format!("pid={pid} "), "wanted=\"ShareLock on "]),
        1,
        "{}",
        log.text()
    );
    assert_eq!(db.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass").await, "t");
}

#[tokio::test]
async fn who_queues_up_behind_a_waiting_migration_gets_through_before_it() {
    let Scene { db, reader, .. } = Scene::new().await;
    let set = altering();
    let runner = Runner::new(&set).lock_timeout(Duration::from_secs(1)).max_attempts(1);
    let queue = async {
        let (service, watcher) = (db.connect().await, db.connect().await);
        until(&watcher, WAITS).await;
        assert_eq!(value(&service, "SELECT count(*) FROM t").await, "0");
        value(&watcher, "SELECT state FROM pg_stat_activity WHERE application_name LIKE 'billing%'").await
    };
    let mut client = db.connect().await;
    let (result, state) = tokio::join!(runner.run(&mut client), queue);
    // Whom the migration waited for is still there, and the service has its answer.
    assert_eq!(state, "idle in transaction");
    assert!(result.unwrap_err().is_lock_timeout());
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn without_a_lock_timeout_the_session_s_own_is_in_force() {
    let Scene { db, reader, .. } = Scene::new().await;
    let set = altering();
    let runner = Runner::new(&set).lock_timeout(None).max_attempts(1);
    let mut client = db.connect().await;
    client.batch_execute("SET lock_timeout = '50ms'").await.unwrap();
    assert!(runner.run(&mut client).await.unwrap_err().is_lock_timeout());
    assert_eq!(value(&client, "SHOW lock_timeout").await, "50ms");

    client.batch_execute("RESET lock_timeout").await.unwrap();
    let release = async {
        until(&db.connect().await, WAITS).await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run(&mut client), release);
    assert_eq!(report.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn settings_of_one_migration_do_not_limit_the_statement_of_the_next_run() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&[("0001_slow.sql", "SELECT pg_sleep(5);")]);
    let error =
        Runner::new(&set).statement_timeout(Duration::from_millis(50)).run(&mut client).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("57014"));
    assert!(error.to_string().contains("allow a longer statement_timeout"), "{error}");
    // No session state: the same connection has no limit of ours.
    assert_eq!(value(&client, "SHOW statement_timeout").await, "0");
    assert_eq!(value(&client, "SHOW lock_timeout").await, "0");
}
