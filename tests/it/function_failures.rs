//! Migrations in Rust that do not do: what the caller reads, and that nothing of them stays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use migrate_runtime::tokio_postgres::Transaction;
use migrate_runtime::{BoxError, FunctionFuture, Runner};

use crate::functions::{NUMBERS, files, insert};
use crate::support::{Db, LOG, ROWS, WAITS, stems, until, value};

/// A run with a function that does not do: nothing of it stays, and the next run with one that does is content.
async fn check_failure<F>(function: F, sqlstate: Option<&str>, message: &str)
where
    F: for<'t> Fn(&'t mut Transaction<'_>) -> FunctionFuture<'t> + Send + Sync,
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
        "a statement of the function failed, and the function continued: return the error from it",
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
            until(&watcher, WAITS).await;
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
