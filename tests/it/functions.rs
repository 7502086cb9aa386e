//! Migrations in Rust: in the transaction of their row, in their place among the files, and all or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use migrate_runtime::tokio_postgres::Transaction;
use migrate_runtime::{BoxError, FunctionFuture, MigrationSet, Runner};

use crate::support::{Db, LOG, ONE_WAITS, ROWS, set, stems, until, value};

const T: (&str, &str) = ("0001_t.sql", "CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);");
const F: (&str, &str) = ("0002_f.sql", "-- migrate: function\n");
const AFTER: (&str, &str) = ("0003_after.sql", "INSERT INTO t SELECT max(n) + 1 FROM t;");
const NUMBERS: &str = "SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM t";

fn files() -> MigrationSet {
    set(&[T, F, AFTER])
}

/// Inserts a number.
fn insert<'t>(transaction: &'t Transaction<'t>) -> FunctionFuture<'t> {
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

/// A run with a function that does not do: nothing of it stays, and the next run with one that does is content.
async fn check_failure<F>(function: F, sqlstate: Option<&str>, message: &str)
where
    F: for<'t> Fn(&'t Transaction<'t>) -> FunctionFuture<'t> + Send + Sync,
{
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = files();
    let error = Runner::new(&set).function(2, function).run(&mut client).await.unwrap_err();
    assert!(error.is_migration() && error.version() == Some(2), "{error}");
    assert_eq!((error.sqlstate(), error.position()), (sqlstate, None), "{error}");
    assert_eq!(error.file().as_deref(), Some("migrations/0002_f.sql"));
    assert!(error.to_string().contains(message), "{error}");
    let full = format!("{error:#}");
    assert!(full.contains("\nnothing of 0002_f was applied\napplied before it: 0001_t"), "{full}");
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(
        (value(&client, ROWS).await, value(&client, NUMBERS).await),
        ("1 applied".into(), String::new())
    );
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 failed");
    assert_eq!(value(&client, "SELECT pg_current_xact_id_if_assigned() IS NULL").await, "t");
    Runner::new(&set).function(2, insert).run(&mut client).await.unwrap();
    assert_eq!(value(&client, NUMBERS).await, "10,11");
}

/// An error of the service that has another one behind it.
#[derive(Debug)]
struct Wrapped(BoxError);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no good")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[tokio::test]
async fn an_error_of_the_service_itself() {
    check_failure(
        |transaction| {
            Box::pin(async move {
                transaction.execute("INSERT INTO t VALUES (1)", &[]).await?;
                Err("the data are not ready".into())
            })
        },
        None,
        "migrations/0002_f.sql: the function failed: the data are not ready; nothing of it is committed: correct the function",
    )
    .await;
}

#[tokio::test]
async fn an_error_of_the_server() {
    let message = "0002_f.sql: the function failed: relation \"nowhere\" does not exist (42P01); nothing of it is committed";
    check_failure(
        |transaction| {
            Box::pin(async move {
                insert(transaction).await?;
                transaction.execute("SELECT * FROM nowhere", &[]).await?;
                Ok(())
            })
        },
        Some("42P01"),
        message,
    )
    .await;
    check_failure(
        |transaction| {
            Box::pin(async move {
                let result = transaction.execute("SELECT * FROM nowhere", &[]).await;
                result.map_err(|error| Wrapped(Box::new(Wrapped(error.into()))))?;
                Ok(())
            })
        },
        Some("42P01"),
        "the function failed: no good; nothing of it is committed",
    )
    .await;
}

#[tokio::test]
async fn an_error_of_the_driver_is_none_of_the_connection() {
    check_failure(
        |transaction| {
            Box::pin(async move {
                transaction.query_one("SELECT n FROM t", &[]).await?;
                Ok(())
            })
        },
        None,
        "the function failed: query returned an unexpected number of rows; nothing of it is committed",
    )
    .await;
    check_failure(
        |transaction| {
            Box::pin(async move {
                let row = transaction.query_one("SELECT 1", &[]).await?;
                row.try_get::<_, &str>(0)?;
                Ok(())
            })
        },
        None,
        "the function failed: error deserializing column 0",
    )
    .await;
}

#[tokio::test]
async fn what_fails_only_after_the_function() {
    // At COMMIT.
    check_failure(
        |transaction| {
            Box::pin(async move {
                transaction.batch_execute("INSERT INTO t VALUES (1), (1)").await?;
                Ok(())
            })
        },
        Some("23505"),
        "0002_f.sql: at COMMIT: duplicate key value",
    )
    .await;
    // An error that the function does not tell.
    check_failure(
        |transaction| {
            Box::pin(async move {
                let _ = transaction.batch_execute("SELECT * FROM nowhere").await;
                Ok(())
            })
        },
        Some("25P02"),
        "a statement of the function failed and the function went on: have it return the error",
    )
    .await;
}

#[tokio::test]
async fn a_panic_goes_to_the_caller_and_leaves_nothing() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = files();
    for at_once in [true, false] {
        let runner = Runner::new(&set).function(2, move |transaction| {
            assert!(!at_once, "this is for the test");
            Box::pin(async move {
                insert(transaction).await?;
                panic!("this is for the test")
            })
        });
        let mut run = pin!(runner.run(&mut client));
        let caught = std::future::poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
                Ok(poll) => poll.map(|_| false),
                Err(_) => std::task::Poll::Ready(true),
            }
        });
        assert!(caught.await);
    }
    assert_eq!(
        (value(&client, ROWS).await, value(&client, NUMBERS).await),
        ("1 applied".into(), String::new())
    );
    assert_eq!(Runner::new(&set).function(2, insert).run(&mut client).await.unwrap().applied().len(), 2);
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
async fn a_lock_timeout_in_a_function_is_tried_again() {
    for wraps in [false, true] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let (set, attempts) = (files(), Arc::new(AtomicUsize::new(0)));
        Runner::new(&set).target(1).run(&mut client).await.unwrap();
        let reader = db.connect().await;
        reader.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
        let runner = Runner::new(&set).lock_timeout(Duration::from_millis(50)).function(2, |transaction| {
            let attempts = attempts.clone();
            Box::pin(async move {
                attempts.fetch_add(1, Ordering::Relaxed);
                match insert(transaction).await {
                    Err(error) if wraps => Err(Wrapped(error).into()),
                    result => result,
                }
            })
        });
        let release = async {
            let watcher = db.connect().await;
            until(&watcher, ONE_WAITS).await;
            until(&watcher, "SELECT count(*) = 0 FROM pg_locks WHERE NOT granted").await;
            reader.batch_execute("COMMIT").await.unwrap();
        };
        let (report, ()) = tokio::join!(runner.run(&mut client), release);
        assert_eq!(stems(report.unwrap().applied()), ["0002_f", "0003_after"]);
        assert!(attempts.load(Ordering::Relaxed) >= 2);
        assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done, apply 3 done");
    }
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

#[tokio::test]
async fn one_that_ends_its_transaction_is_found_out() {
    for (statement, fails, left) in [
        ("COMMIT", false, "10"),
        ("COMMIT", true, "10"),
        ("ROLLBACK", false, ""),
        ("COMMIT; BEGIN", false, "10"),
    ] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let set = files();
        let runner = Runner::new(&set).function(2, move |transaction| {
            Box::pin(async move {
                insert(transaction).await?;
                transaction.batch_execute(statement).await?;
                if fails { Err("after that".into()) } else { Ok(()) }
            })
        });
        let error = runner.run(&mut client).await.unwrap_err();
        let message = if fails { "after that" } else { "has ended the transaction that it was given" };
        assert!(error.version() == Some(2) && error.to_string().contains(message), "{error}");
        // Not recorded, and no row that would be in the way.
        assert_eq!(
            (value(&client, ROWS).await, value(&client, NUMBERS).await),
            ("1 applied".into(), left.into())
        );
        db.execute("DELETE FROM t").await;
        Runner::new(&set).function(2, insert).run(&mut client).await.unwrap();
    }
}
