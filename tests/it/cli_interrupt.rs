//! Ctrl-C: once, what is in hand is finished and nothing else is begun; twice, the server cancels it; and where nothing
//! is in hand, it is over at once. And the line that shows what is in hand.

use std::time::Duration;

use migrate_runtime::cli::{Exit, Terminal};
use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::cli::{Played, play, play_at};
use crate::support::{Db, NO_ADVISORY_LOCK, ROWS, WAITS, set, until, value};

fn gated(second: &str) -> MigrationSet {
    set(&[
        ("0001_a.sql", "CREATE TABLE a (n int);"),
        ("0002_gate.sql", second),
        ("0003_c.sql", "CREATE TABLE c (n int);"),
    ])
}

/// Types a line whose second migration waits at a gate, and does something then.
async fn at_the_gate(
    db: &Db,
    set: &MigrationSet,
    line: &str,
    then: impl AsyncFnOnce(UnboundedSender<()>, Client),
) -> Played {
    db.execute("CREATE TABLE gate (n int)").await;
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let (sender, receiver) = unbounded_channel();
    let adjust = |terminal: Terminal| terminal.interrupted_by(receiver).live(true);
    let runner = Runner::new(set).lock_timeout(Duration::from_secs(30));
    let watcher = db.connect().await;
    let play = play_at(&db.url, runner, line, &[], adjust);
    let act = async {
        until(&watcher, WAITS).await;
        then(sender, gate).await;
    };
    tokio::join!(play, act).0
}

#[tokio::test]
async fn once_finishes_what_is_in_hand() {
    for script in ["LOCK TABLE gate;", "-- migrate: no-transaction\nDELETE FROM gate;\nVACUUM gate;"] {
        let db = Db::new().await;
        let set = gated(script);
        let watcher = db.connect().await;
        let played = at_the_gate(&db, &set, "up", async |interrupts, gate| {
            interrupts.send(()).unwrap();
            // Long enough for it to be heard.
            value(&watcher, "SELECT pg_sleep(0.2)").await;
            gate.batch_execute("COMMIT").await.unwrap();
        })
        .await;
        assert_eq!(played.exit, Exit::Interrupted, "{}", played.err);
        assert_eq!(played.out(), "✓ 0001_a  …\n✓ 0002_gate  …");
        assert!(played.err.contains("interrupted: 0002_gate is finished first; Ctrl-C again cancels it\n"));
        assert!(
            played.err.contains("error[M0908]: interrupted\nhelp: run it again to continue"),
            "{}",
            played.err
        );
        assert_eq!(db.value(ROWS).await, "1 applied, 2 applied");
        assert_eq!(play(&db, &set, "up").await.exit, Exit::Done);
    }
}

#[tokio::test]
async fn twice_cancels_it() {
    for script in ["LOCK TABLE gate;", "-- migrate: no-transaction\nDELETE FROM gate;"] {
        let db = Db::new().await;
        let set = gated(script);
        let played = at_the_gate(&db, &set, "up --format json", async |interrupts, gate| {
            interrupts.send(()).unwrap();
            interrupts.send(()).unwrap();
            // The gate stays shut as long as somebody waits there.
            until(&gate, &format!("SELECT NOT ({WAITS})")).await;
            gate.batch_execute("COMMIT").await.unwrap();
        })
        .await;
        assert_eq!(played.exit, Exit::Interrupted, "{}", played.err);
        let value = played.value();
        assert_eq!(value["error"]["sqlstate"], "57014", "{value}");
        assert_eq!(value["report"]["applied"][0]["migration"], "0001_a");
        assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
        assert_eq!(play(&db, &set, "up").await.exit, Exit::Done);
    }
}

/// Another process is at work, and this one waits for its turn.
#[tokio::test]
async fn with_nothing_in_hand_it_is_over_at_once() {
    let db = Db::new().await;
    let set = gated("SELECT 1;");
    let (sender, receiver) = unbounded_channel();
    let play_it =
        play_at("postgres://app@127.0.0.1:1/x", Runner::new(&set), "wait --timeout 60", &[], |terminal| {
            terminal.interrupted_by(receiver)
        });
    sender.send(()).unwrap();
    let played = play_it.await;
    assert_eq!(played.exit, Exit::Interrupted);
    assert!(played.err.ends_with("\nerror[M0908]: interrupted\n"), "{}", played.err);

    // While somebody is asked.
    let (sender, receiver) = unbounded_channel();
    sender.send(()).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let played = play_at(&db.url, Runner::new(&set), "up", &["*"], |terminal| {
        terminal.answering(std::io::BufReader::new(reader)).interrupted_by(receiver)
    })
    .await;
    assert_eq!(played.exit, Exit::Interrupted, "{}", played.err);
    assert!(played.err.ends_with("\nerror[M0908]: interrupted: nothing was done\n"), "{}", played.err);
    drop(writer);
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");
}

#[tokio::test]
async fn what_takes_long_is_shown() {
    let db = Db::new().await;
    let set = gated("-- migrate: no-transaction\nSELECT 1;\nDELETE FROM gate\n  WHERE true;");
    let played = at_the_gate(&db, &set, "up", async |_interrupts, gate| {
        value(&gate, "SELECT pg_sleep(1.2)").await;
        gate.batch_execute("COMMIT").await.unwrap();
    })
    .await;
    assert_eq!(played.exit, Exit::Done, "{}", played.err);
    assert!(
        played.err.contains(" [===>      ] 2/3  1 s  0002_gate: statement 2: DELETE FROM gate\x1b"),
        "{:?}",
        played.err
    );
    // Nothing of it stays.
    assert!(played.err.ends_with("\r\x1b[2K"), "{:?}", played.err);
}
