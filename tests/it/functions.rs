//! Migrations in Rust: in the transaction of their row, in their place among the files, and all or nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_runtime::tokio_postgres::Transaction;
use migrate_runtime::{FunctionFuture, MigrationSet, Runner};

use crate::support::{Db, LOG, ROWS, set, stems, value};

const T: (&str, &str) = ("0001_t.sql", "CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);");
const F: (&str, &str) = ("0002_f.sql", "-- migrate: function\n");
const AFTER: (&str, &str) = ("0003_after.sql", "INSERT INTO t SELECT max(n) + 1 FROM t;");
pub(crate) const NUMBERS: &str = "SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM t";

pub(crate) fn files() -> MigrationSet {
    set(&[T, F, AFTER])
}

/// Inserts a number.
pub(crate) fn insert<'t>(transaction: &'t mut Transaction<'_>) -> FunctionFuture<'t> {
    Box::pin(async move {
        transaction.execute("INSERT INTO t VALUES ($1)", &[&10_i32]).await?;
        Ok(())
    })
}

#[tokio::test]
async fn one_runs_in_its_place_and_is_recorded() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = files();
    let runner = Runner::new(&set).function(2, insert);
    let plan = runner.plan(&mut client).await.unwrap();
    assert_eq!(plan.to_string(), "3 migrations to apply:\n  0001_t\n  0002_f  a function\n  0003_after");
    let report = runner.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["0001_t", "0002_f", "0003_after"]);
    assert_eq!(report.current(), Some("0003_after"));
    assert_eq!(value(&client, NUMBERS).await, "10,11");
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied, 3 applied");
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done, apply 3 done");
    assert_eq!(
        value(&client, "SELECT count(*) FROM schema_migrations_log WHERE milliseconds >= 0").await,
        "3"
    );
    // One that is applied is not wanted any more.
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
    assert!(runner.run(&mut client).await.unwrap().applied().is_empty());
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_nothing() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = files();
    let begun = Arc::new(tokio::sync::Notify::new());
    let runner = Runner::new(&set).function(2, |transaction| {
        let begun = begun.clone();
        Box::pin(async move {
            insert(transaction).await?;
            begun.notify_one();
            std::future::pending().await
        })
    });
    tokio::select! {
        _ = runner.run(&mut client) => panic!("the function has no end"),
        () = begun.notified() => {}
    }
    assert_eq!(
        (value(&client, ROWS).await, value(&client, NUMBERS).await),
        ("1 applied".into(), String::new())
    );
    assert_eq!(value(&client, "SELECT pg_current_xact_id_if_assigned() IS NULL").await, "t");
}

#[tokio::test]
async fn there_and_back() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&[T, ("0002_f.up.sql", F.1), ("0002_f.down.sql", "-- migrate: function")]);
    let runner = Runner::new(&set).function(2, insert);
    // What reverts is not asked for before it is needed.
    runner.run(&mut client).await.unwrap();
    let error = runner.revert(&mut client, 1).await.unwrap_err();
    assert!(error.to_string().starts_with("migrations/0002_f.down.sql is a migration in Rust"), "{error}");
    assert!(error.to_string().contains("call Runner::revert_function(2, …)"), "{error}");

    let fails = runner.clone().revert_function(2, |transaction| {
        Box::pin(async move {
            transaction.batch_execute("DELETE FROM t").await?;
            Err("not yet".into())
        })
    });
    let error = fails.revert(&mut client, 1).await.unwrap_err();
    assert!(format!("{error:#}").contains("nothing of 0002_f was reverted"), "{error:#}");
    assert_eq!(
        (value(&client, ROWS).await, value(&client, NUMBERS).await),
        ("1 applied, 2 applied".into(), "10".into())
    );

    let works = runner.revert_function(2, |transaction| {
        Box::pin(async move { Ok(transaction.batch_execute("DELETE FROM t").await?) })
    });
    assert_eq!(stems(works.revert(&mut client, 1).await.unwrap().reverted()), ["0002_f"]);
    assert_eq!(
        (value(&client, ROWS).await, value(&client, NUMBERS).await),
        ("1 applied".into(), String::new())
    );
    works.run(&mut client).await.unwrap();
    assert_eq!(
        value(&client, LOG).await,
        "apply 1 done, apply 2 done, revert 2 failed, revert 2 done, apply 2 done"
    );
}

#[tokio::test]
async fn a_function_that_is_missing_and_one_that_no_file_announces() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = files();
    let runner = Runner::new(&set);
    for (runner, message) in [
        (
            runner.clone(),
            "migrations/0002_f.sql is a migration in Rust, and no function is registered for it: call Runner::function(2, …)",
        ),
        (
            runner.clone().function(2, insert).function(3, insert),
            "a function is registered by Runner::function(3, …), and no file in migrations announces it",
        ),
        (runner.clone().function(2, insert).function(9, insert), "Runner::function(9, …)"),
        (runner.clone().function(2, insert).revert_function(2, insert), "Runner::revert_function(2, …)"),
    ] {
        let error = runner.run(&mut client).await.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        // Before anything is done.
        assert_eq!(value(&client, "SELECT to_regclass('schema_migrations') IS NULL").await, "t");
        assert!(runner.plan(&mut client).await.is_ok());
    }
    // What the target keeps from being applied needs no function.
    assert_eq!(runner.target(1).run(&mut client).await.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn two_at_once_apply_it_once() {
    let db = Db::new().await;
    let (set, calls) = (files(), Arc::new(AtomicUsize::new(0)));
    let runner = Runner::new(&set).function(2, |transaction| {
        let calls = calls.clone();
        Box::pin(async move {
            calls.fetch_add(1, Ordering::Relaxed);
            insert(transaction).await
        })
    });
    let (mut one, mut other) = (db.connect().await, db.connect().await);
    let (one, other) = tokio::join!(runner.run(&mut one), runner.run(&mut other));
    assert_eq!(one.unwrap().applied().len() + other.unwrap().applied().len(), 3);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(db.value(NUMBERS).await, "10,11");
}

#[tokio::test]
async fn what_a_function_sets_stays_with_it() {
    let db = Db::new().await;
    let role = format!("{}_function", db.name);
    db.execute(&format!("CREATE ROLE {role}")).await;
    let mut client = db.connect().await;
    let check = "DO $$ BEGIN ASSERT current_user = session_user AND current_setting('work_mem') = '4MB' \
                 AND current_setting('search_path') = '\"$user\", public'; END $$;";
    let set = set(&[T, F, ("0003_check.sql", check)]);
    let runner = Runner::new(&set).function(2, |transaction| {
        let role = role.clone();
        Box::pin(async move {
            insert(transaction).await?;
            let sets = format!(
                "SET search_path = ''; SET work_mem = '9MB'; SET enable_seqscan = off; SET ROLE {role}"
            );
            Ok(transaction.batch_execute(&sets).await?)
        })
    });
    runner.run(&mut client).await.unwrap();
    for (setting, expected) in [
        ("search_path", "\"$user\", public"),
        ("work_mem", "4MB"),
        ("enable_seqscan", "on"),
        ("role", "none"),
    ] {
        assert_eq!(value(&client, &format!("SHOW {setting}")).await, expected, "{setting}");
    }
    assert_eq!(value(&client, "SELECT count(DISTINCT done_by) FROM schema_migrations_log").await, "1");
    db.execute(&format!("DROP ROLE {role}")).await;
}
