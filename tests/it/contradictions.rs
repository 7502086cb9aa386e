//! History and set say different things: an error that names the file and the remedy, and nothing is applied.

use migrate_runtime::{Error, MigrationSet};

use crate::support::{Db, HISTORY, set};

const A: (&str, &str) = ("0001_a.sql", "CREATE TABLE a (id int);");
const B: (&str, &str) = ("0002_b.sql", "CREATE TABLE b (id int);");
const C: (&str, &str) = ("0003_c.sql", "CREATE TABLE c (id int);");

/// Applies one set, then another: the error of the second.
async fn check(db: &Db, applied: &[(&str, &str)], then: &MigrationSet, message: &str) -> Error {
    let mut client = db.connect().await;
    set(applied).run(&mut client).await.unwrap();
    let before = db.value(HISTORY).await;
    let error = then.run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(db.value(HISTORY).await, before);
    assert!(then.plan(&mut client).await.is_err());
    error
}

#[tokio::test]
async fn a_changed_file() {
    let db = Db::new().await;
    let then = set(&[A, ("0002_b.sql", "CREATE TABLE b (id bigint);"), C]);
    let error =
        check(&db, &[A, B], &then, "migrations/0002_b.sql was edited after it was applied at 2").await;
    assert!(error.is_changed() && !error.is_missing() && !error.is_out_of_order());
    assert_eq!(error.version(), Some(2));
    assert!(error.to_string().contains("restore the file"), "{error}");
}

#[tokio::test]
async fn a_renamed_file() {
    let db = Db::new().await;
    let then = set(&[A, ("0002_other.sql", B.1)]);
    let error =
        check(&db, &[A, B], &then, "migrations/0002_other.sql is recorded under the description `b`").await;
    assert!(error.is_changed());
}

#[tokio::test]
async fn a_missing_file() {
    let db = Db::new().await;
    let stamped =
        [("20240101000000_a.sql", A.1), ("20240102000000_b.sql", B.1), ("20240103000000_c.sql", C.1)];
    let then = set(&[stamped[0], stamped[2]]);
    let error = check(&db, &stamped, &then, "20240102000000_b was applied to this database").await;
    assert!(error.is_missing());
}

#[tokio::test]
async fn a_file_out_of_order() {
    let db = Db::new().await;
    let stamped =
        [("20240101000000_a.sql", A.1), ("20240102000000_b.sql", B.1), ("20240103000000_c.sql", C.1)];
    let message =
        "migrations/20240102000000_b.sql is not applied, but 20240103000000_c, which comes after it, is";
    let error = check(&db, &[stamped[0], stamped[2]], &set(&stamped), message).await;
    assert!(error.is_out_of_order());
}

#[tokio::test]
async fn several_at_once_are_all_told() {
    let db = Db::new().await;
    let then = set(&[("0001_x.sql", A.1), ("0002_b.sql", "SELECT 1"), C]);
    let error = check(&db, &[A, B, C], &then, "(1 contradiction more)").await;
    let full = format!("{error:#}");
    assert!(full.contains("0001_x.sql") && full.contains("0002_b.sql"), "{full}");
}

#[tokio::test]
async fn a_binary_older_than_the_database_starts() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[A, B, C]).run(&mut client).await.unwrap();
    let report = set(&[A, B]).run(&mut client).await.unwrap();
    assert!(report.applied().is_empty());
    assert_eq!(report.ahead(), [3]);
    assert_eq!(
        report.to_string(),
        "nothing to do: the database is at 0002_b, and 1 migration beyond it, applied by a newer version"
    );
}
