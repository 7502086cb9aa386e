//! Futures that are dropped in mid-air, as by a timeout: the client can be used, nothing is left behind, and the next run
//! ends well.

use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};

use crate::disturbed::Random;
use crate::support::{Db, set, until, value};

const FIRST: (&str, &str) = (
    "0001_log.sql",
    "CREATE TABLE log (n int); CREATE TABLE gate (n int); INSERT INTO log VALUES (1); CREATE SCHEMA app;",
);
const LAST: (&str, &str) = ("0003_last.sql", "INSERT INTO public.log VALUES (3);");
const WAITS: &str = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted";
/// What nobody may find afterwards: a row that is not applied, a lock, an index that is not valid, an open transaction.
const LEFT: &str = "SELECT (SELECT count(*) FROM schema_migrations WHERE state <> 'applied') \
    + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) \
    + (SELECT count(*) FROM pg_index WHERE NOT indisvalid) \
    + (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%')";
const NO_CLAIM: &str = "SELECT count(*) = 0 FROM schema_migrations WHERE claim IS NOT NULL";

/// What a caller's session has.
async fn session(client: &Client) -> String {
    let sql = "SELECT concat_ws('; ', now() = statement_timestamp(), current_setting('search_path'), current_user, \
               current_setting('lock_timeout'), current_setting('enable_hashjoin'), current_setting('work_mem'))";
    value(client, sql).await
}

/// A database at the first migration; the table `gate` is locked, or has a row that is not committed.
async fn scene(sql: &str) -> (Db, Client, Client) {
    let db = Db::new().await;
    set(&[FIRST]).run(&mut db.connect().await).await.unwrap();
    let gate = db.connect().await;
    gate.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
    let watcher = db.connect().await;
    (db, gate, watcher)
}

fn with(second: &str) -> MigrationSet {
    set(&[FIRST, ("0002_slow.sql", second), LAST])
}

/// Drops a run in the middle of this script, on a client that goes on being used, and on a connection of its own.
async fn check(gate_sql: &str, second: &str, log: &str) {
    let set = with(second);
    let runner = Runner::new(&set).lock_timeout(Duration::from_secs(1));
    for by_url in [false, true] {
        let (db, gate, watcher) = scene(gate_sql).await;
        let mut client = db.connect().await;
        client.batch_execute("SET work_mem = '5MB'; SET enable_hashjoin = off").await.unwrap();
        let before = session(&client).await;
        if by_url {
            tokio::select! {
                _ = runner.run_url(&db.url) => panic!("nobody can pass the gate"),
                () = until(&watcher, WAITS) => {}
            }
        } else {
            tokio::select! {
                _ = runner.run(&mut client) => panic!("nobody can pass the gate"),
                () = until(&watcher, WAITS) => {}
            }
        }
        gate.batch_execute("COMMIT").await.unwrap();
        // The client hears the end of the message that was under way, and is then free.
        assert_eq!(session(&client).await, before, "{second}");
        if !by_url {
            assert_eq!(value(&watcher, NO_CLAIM).await, "t", "{second}");
        }
        runner.run(&mut db.connect().await).await.unwrap();
        assert_eq!(value(&watcher, LEFT).await, "0", "{second}");
        assert_eq!(value(&watcher, "SELECT count(*) FROM schema_migrations").await, "3", "{second}");
        let all = "SELECT string_agg(n::text, ',' ORDER BY n) FROM log";
        assert_eq!(value(&watcher, all).await, log, "{second}");
        assert!(runner.run(&mut client).await.unwrap().applied().is_empty(), "{second}");
        assert_eq!(session(&client).await, before, "{second}");
    }
}

#[tokio::test]
async fn in_a_transaction() {
    let script = "SET search_path = app; INSERT INTO public.log VALUES (2); LOCK TABLE public.gate; INSERT INTO public.log VALUES (22);";
    check("LOCK TABLE gate", script, "1,2,3,22").await;
}

#[tokio::test]
async fn in_a_statement_that_has_a_transaction_of_its_own() {
    let script = "-- migrate: no-transaction\nINSERT INTO log VALUES (2);\nSET search_path = app;\nLOCK TABLE public.gate;\n\
                  INSERT INTO public.log VALUES (22);";
    check("LOCK TABLE gate", script, "1,2,3,22").await;
}

#[tokio::test]
async fn in_a_statement_that_has_no_transaction() {
    let script = "-- migrate: no-transaction\nINSERT INTO log VALUES (2);\nSET search_path = app, public;\nSET enable_seqscan = off;\n\
                  CREATE INDEX CONCURRENTLY gate_n ON gate (n);\nINSERT INTO log VALUES (22);";
    check("INSERT INTO gate VALUES (1)", script, "1,2,3,22").await;
}

/// The message waits for the lock all its time, and ends with an error that nobody hears.
#[tokio::test]
async fn in_a_message_that_fails_later() {
    for directive in ["", "-- migrate: no-transaction\n"] {
        let (db, gate, watcher) = scene("LOCK TABLE gate").await;
        let set = with(&format!("{directive}LOCK TABLE gate; INSERT INTO log VALUES (2);"));
        let runner = Runner::new(&set).lock_timeout(Duration::from_millis(300));
        let mut client = db.connect().await;
        tokio::select! {
            _ = runner.run(&mut client) => panic!("nobody can pass the gate"),
            () = until(&watcher, WAITS) => {}
        }
        assert_eq!(value(&client, "SELECT now() = statement_timestamp()").await, "t");
        assert_eq!(value(&watcher, NO_CLAIM).await, "t");
        gate.batch_execute("COMMIT").await.unwrap();
        assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 2);
        assert_eq!(value(&watcher, LEFT).await, "0");
    }
}

/// In the caller's own code, and in what that has sent.
#[tokio::test]
async fn in_a_function() {
    for waits_for_the_server in [true, false] {
        let (db, gate, watcher) = scene("LOCK TABLE gate").await;
        let set = with("-- migrate: function\n");
        let is_patient = std::sync::atomic::AtomicBool::new(false);
        let runner = Runner::new(&set).lock_timeout(Duration::from_secs(1)).function(2, |transaction| {
            let is_patient = is_patient.load(std::sync::atomic::Ordering::SeqCst);
            Box::pin(async move {
                transaction.batch_execute("SET search_path = app; INSERT INTO public.log VALUES (2)").await?;
                if waits_for_the_server {
                    transaction.batch_execute("LOCK TABLE public.gate").await?;
                } else if !is_patient {
                    std::future::pending::<()>().await;
                }
                Ok(())
            })
        });
        let mut client = db.connect().await;
        let before = session(&client).await;
        let is_there = if waits_for_the_server {
            WAITS
        } else {
            "SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        };
        tokio::select! {
            _ = runner.run(&mut client) => panic!("nobody can pass"),
            () = until(&watcher, is_there) => {}
        }
        gate.batch_execute("COMMIT").await.unwrap();
        assert_eq!(session(&client).await, before);
        assert_eq!(value(&watcher, "SELECT string_agg(n::text, ',') FROM log").await, "1");
        is_patient.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(runner.run(&mut db.connect().await).await.unwrap().applied().len(), 2);
        assert_eq!(value(&watcher, LEFT).await, "0");
        assert!(runner.run(&mut client).await.unwrap().applied().is_empty());
    }
}

/// Wherever a timeout strikes: each run is dropped at a moment that a seed decides, until one gets to the end.
#[tokio::test]
async fn at_any_moment() {
    let mut random = Random::seed(3);
    for directive in ["", "-- migrate: no-transaction\n"] {
        let (db, gate, watcher) = scene("SELECT 1").await;
        gate.batch_execute("COMMIT").await.unwrap();
        let inserts: Vec<String> = (10..40).map(|n| format!("INSERT INTO log VALUES ({n});\n")).collect();
        let set = with(&format!("{directive}{}", inserts.concat()));
        let mut client = db.connect().await;
        for _ in 0..20 {
            let moment = Duration::from_micros(random.below(1 << 14).try_into().unwrap());
            let _ = tokio::time::timeout(moment, set.run(&mut client)).await;
            assert_eq!(value(&client, "SELECT now() = statement_timestamp()").await, "t");
            assert_eq!(value(&watcher, NO_CLAIM).await, "t", "{directive} after {moment:?}");
        }
        set.run(&mut db.connect().await).await.unwrap();
        assert_eq!(value(&watcher, "SELECT count(*) || ' ' || count(DISTINCT n) FROM log").await, "32 32");
        assert_eq!(value(&watcher, LEFT).await, "0");
    }
}
