//! What a run costs, in round trips: counted, not timed.

use std::time::Duration;

use crate::proxy::Proxy;
use crate::support::{Db, borrowed, connect, set, small};

/// The round trips of a run on an empty database, for 1, 10 and 100 pending migrations, over a way that takes so long.
async fn check(way: Duration) {
    let mut counts = Vec::new();
    for count in [1, 10, 100] {
        let db = Db::new().await;
        let proxy = Proxy::far(&db.url, way).await;
        let mut client = connect(&proxy.url(&db.url)).await;
        let files = small(count);
        let set = set(&borrowed(&files));

        proxy.take_turnarounds();
        assert_eq!(set.run(&mut client).await.unwrap().applied().len(), count);
        counts.push(proxy.take_turnarounds());

        assert!(set.run(&mut client).await.unwrap().applied().is_empty());
        assert_eq!(proxy.take_turnarounds(), 1);
        set.plan(&mut client).await.unwrap();
        assert_eq!(proxy.take_turnarounds(), 1);
        set.status(&mut client).await.unwrap();
        assert_eq!(proxy.take_turnarounds(), 1);
    }
    // Read the history; where there is none, look for another tool's; create ours and apply.
    assert_eq!(counts, [3, 3, 3]);
}

#[tokio::test]
async fn a_current_database_costs_one_round_trip_and_many_pending_migrations_a_constant_number() {
    check(Duration::ZERO).await;
}

#[tokio::test]
async fn over_a_long_way_nothing_else_waits() {
    check(Duration::from_millis(10)).await;
}

#[tokio::test]
async fn a_database_that_is_behind_costs_two_round_trips() {
    let db = Db::new().await;
    let proxy = Proxy::to(&db.url).await;
    let files = small(60);
    set(&borrowed(&files[..10])).run(&mut db.connect().await).await.unwrap();
    let mut client = connect(&proxy.url(&db.url)).await;
    proxy.take_turnarounds();
    assert_eq!(set(&borrowed(&files)).run(&mut client).await.unwrap().applied().len(), 50);
    assert_eq!(proxy.take_turnarounds(), 2);
}

#[tokio::test]
async fn a_current_database_is_not_written_to_and_no_lock_is_asked_for() {
    let db = Db::new().await;
    let files = small(3);
    let set = set(&borrowed(&files));
    let mut client = db.connect().await;
    set.run(&mut client).await.unwrap();

    // Held by another session, the migrators' lock does not matter, and a read-only transaction is enough.
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE schema_migrations IN SHARE MODE").await.unwrap();
    client.batch_execute("SET default_transaction_read_only = on; SET lock_timeout = 1").await.unwrap();
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
}

/// How many rows the server sent for a run, by its own count of what each message returned.
async fn rows_sent(db: &Db, files: &[(String, String)]) -> usize {
    let proxy = Proxy::to(&db.url).await;
    let mut client = connect(&proxy.url(&db.url)).await;
    proxy.take_rows();
    assert!(set(&borrowed(files)).run(&mut client).await.unwrap().applied().is_empty());
    proxy.take_rows()
}

#[tokio::test]
async fn a_current_database_answers_with_as_much_whatever_the_number_of_migrations() {
    let (few, many) = (Db::new().await, Db::new().await);
    let mut files = small(200);
    files.push(("R_view.sql".to_owned(), "CREATE OR REPLACE VIEW v AS SELECT 1".to_owned()));
    files.push(("R_a_view.sql".to_owned(), "CREATE OR REPLACE VIEW a AS SELECT 1".to_owned()));
    set(&borrowed(&files[..2])).run(&mut few.connect().await).await.unwrap();
    set(&borrowed(&files)).run(&mut many.connect().await).await.unwrap();
    // What is known of the session, and that the history is as expected.
    assert_eq!((rows_sent(&few, &files[..2]).await, rows_sent(&many, &files).await), (2, 2));

    // Anything else is read as ever: one row more, one that was edited, one that is gone.
    many.execute(
        "INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, applied_at) \
                  VALUES (201, 'newer', '', '', 'applied', now())",
    )
    .await;
    assert_eq!(rows_sent(&many, &files).await, 204);
    many.execute("DELETE FROM schema_migrations WHERE version = 201; UPDATE schema_migrations SET checksum = 'x', tokens_checksum = 'x' WHERE version = 7")
        .await;
    let error = set(&borrowed(&files)).run(&mut many.connect().await).await.unwrap_err();
    assert!(error.is_changed() && error.version() == Some(7), "{error}");
    few.execute("DELETE FROM schema_migrations").await;
    let error = set(&borrowed(&files[..2])).run(&mut few.connect().await).await.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
}
