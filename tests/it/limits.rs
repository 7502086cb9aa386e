//! The limits that a role or a database has for its queries do not end a migration, and hold again afterwards.

use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::tokio_postgres::Client;

use crate::pooler::Pooler;
use crate::support::{Db, set, value};

/// Longer than each limit.
const LONG: Duration = Duration::from_millis(1200);
const LIMIT: &str = "700ms";
const SLEEP: &str = "SELECT pg_sleep(1.2);";
/// An index of it takes as long.
const SLOW: &str = "CREATE TABLE t (n int); INSERT INTO t VALUES (1); CREATE FUNCTION slow(int) RETURNS int IMMUTABLE \
    LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.2); RETURN $1; END';";

/// What PostgreSQL 14 has.
const LIMITS: [&str; 3] =
    ["statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"];
/// PostgreSQL 17 has it too. A single statement runs into its own limit first.
const OF_TRANSACTION: &str = "transaction_timeout";
const LIMIT_OF_TRANSACTION: &str = "900ms";

fn limit_of(name: &str) -> &'static str {
    if name == OF_TRANSACTION { LIMIT_OF_TRANSACTION } else { LIMIT }
}

struct Case {
    name: &'static str,
    files: Vec<(&'static str, String)>,
}

fn case(name: &'static str, files: &[(&'static str, &str)]) -> Case {
    let files = files.iter().map(|(file, text)| (*file, (*text).to_owned()));
    Case { name, files: files.collect() }
}

/// A database in which each session begins with all of the limits, and a session.
async fn limited() -> (Db, Client, Vec<&'static str>) {
    let db = Db::new().await;
    let has_newest = db.value("SELECT current_setting('server_version_num')::int >= 170000").await == "t";
    let limits: Vec<&str> = LIMITS.into_iter().chain(has_newest.then_some(OF_TRANSACTION)).collect();
    for limit in &limits {
        db.execute(&format!("ALTER DATABASE {} SET {limit} = '{}'", db.name, limit_of(limit))).await;
    }
    let client = db.connect().await;
    (db, client, limits)
}

/// What the session has of them.
async fn shown(client: &Client, limits: &[&str]) -> Vec<String> {
    let mut values = Vec::new();
    for limit in limits {
        values.push(value(client, &format!("SHOW {limit}")).await);
    }
    values
}

#[tokio::test]
async fn a_migration_takes_as_long_as_it_takes() {
    let alone = format!("-- migrate: no-transaction\n{SLEEP}\nCREATE INDEX CONCURRENTLY i ON t (slow(n));");
    let cases = [
        case("in a transaction", &[("0001_a.sql", SLEEP), ("0002_b.sql", SLEEP)]),
        case("without one", &[("0001_a.sql", SLOW), ("0002_b.sql", &alone)]),
        case("a repeatable", &[("R_v.sql", SLEEP)]),
    ];
    for Case { name, files } in cases {
        let (db, mut client, limits) = limited().await;
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, &**text)).collect();
        let set = set(&files);
        Runner::new(&set).rehearse(&mut client).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        set.run(&mut client).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            shown(&client, &limits).await,
            limits.iter().map(|limit| limit_of(limit)).collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(
            db.value("SELECT count(*) FROM schema_migrations").await,
            files.len().to_string(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn neither_does_a_limit_end_a_revert() {
    let alone = "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (slow(n));";
    let files = [
        ("0001_a.up.sql", SLOW),
        ("0001_a.down.sql", SLEEP),
        ("0002_b.up.sql", "SELECT 1;"),
        ("0002_b.down.sql", alone),
    ];
    let (db, mut client, limits) = limited().await;
    let set = set(&files);
    set.run(&mut client).await.unwrap();
    Runner::new(&set).revert(&mut client, 2).await.unwrap();
    assert_eq!(db.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'i'").await, "1");
    assert_eq!(shown(&client, &limits).await, limits.iter().map(|limit| limit_of(limit)).collect::<Vec<_>>());
}

#[tokio::test]
async fn neither_does_a_limit_end_a_function_that_is_silent() {
    let (_db, mut client, limits) = limited().await;
    let set = set(&[("0001_f.sql", "-- migrate: function\n")]);
    let runner = Runner::new(&set).function(1, |_| {
        Box::pin(async {
            tokio::time::sleep(LONG).await;
            Ok(())
        })
    });
    runner.run(&mut client).await.unwrap();
    assert_eq!(shown(&client, &limits).await, limits.iter().map(|limit| limit_of(limit)).collect::<Vec<_>>());
}

#[tokio::test]
async fn neither_does_a_limit_end_a_session_that_waits_to_try_again() {
    let (db, _, limits) = limited().await;
    db.execute("CREATE TABLE t (n int)").await;
    // The pauses get longer: the fourth is of two seconds at least.
    let reader = db.connect().await;
    for limit in limits {
        reader.batch_execute(&format!("SET {limit} = 0")).await.unwrap();
    }
    reader.batch_execute("BEGIN; SELECT * FROM t").await.unwrap();
    let set = set(&[("0001_c.sql", "ALTER TABLE t ADD c int;")]);
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(20)).max_attempts(5);
    let mut client = db.connect().await;
    let error = runner.run(&mut client).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("55P03"), "{error}");
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn what_is_said_of_limits_counts() {
    let set = set(&[("0001_a.sql", SLEEP)]);
    for (timeout, fails) in [
        (None, true),
        (Some(Duration::from_millis(50)), true),
        (Some(Duration::ZERO), false),
        (Some(Duration::from_mins(10)), false),
    ] {
        let (_db, mut client, limits) = limited().await;
        let run = Runner::new(&set).statement_timeout(timeout).run(&mut client).await;
        let sqlstate = run.as_ref().err().and_then(|error| error.sqlstate());
        assert_eq!(sqlstate, fails.then_some("57014"), "{timeout:?}");
        assert_eq!(
            shown(&client, &limits).await,
            limits.iter().map(|limit| limit_of(limit)).collect::<Vec<_>>(),
            "{timeout:?}"
        );
    }
    // What the script says of itself too.
    let (_db, mut client, _) = limited().await;
    let own = crate::support::set(&[("0001_a.sql", "SET statement_timeout = 50; SELECT pg_sleep(1.2);")]);
    assert_eq!(own.run(&mut client).await.unwrap_err().sqlstate(), Some("57014"));
}

/// Nothing is said of limits where there are none: a run costs what it did.
#[tokio::test]
async fn without_limits_no_message_speaks_of_them() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "SELECT 1;"), ("0002_b.sql", "-- migrate: no-transaction\nVACUUM;")]);
    let preview = Runner::new(&set).preview(&mut db.connect().await).await.unwrap();
    for message in preview.messages() {
        assert!(!message.sql().contains("SET LOCAL statement_timeout"), "{}", message.sql());
        assert!(!message.subject().contains("the settings before it"), "{}", message.subject());
    }
}

#[tokio::test]
async fn a_pooler_hands_on_sessions_with_their_limits() {
    let Some(pooler) = Pooler::start("transaction", 2).await else { return };
    let (db, _, limits) = limited().await;
    let alone = format!("-- migrate: no-transaction\n{SLEEP}\nCREATE INDEX CONCURRENTLY i ON t (slow(n));");
    let set = set(&[("0001_a.sql", SLOW), ("0002_b.sql", &alone)]);
    let mut client = pooler.connect(&db).await;
    set.run(&mut client).await.unwrap();
    for _ in 0..4 {
        assert_eq!(
            shown(&client, &limits).await,
            limits.iter().map(|limit| limit_of(limit)).collect::<Vec<_>>()
        );
    }
}
