//! A history that another session has locked: no verb waits for it longer than the lock timeout lets it, each says who has
//! it, and nothing is left of the limit.

use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{Error, Runner};
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, pairs, set_of, value};

const VERBS: [&str; 10] =
    ["run", "plan", "status", "log", "revert", "skip", "repairs", "rehearse", "preview", "preview revert"];

async fn act(verb: &str, runner: &Runner<'_>, client: &mut Client) -> Result<(), Error> {
    match verb {
        "run" => runner.run(client).await.map(drop),
        "plan" => runner.plan(client).await.map(drop),
        "status" => runner.status(client).await.map(drop),
        "log" => runner.log(client, None).await.map(drop),
        "revert" => runner.revert(client, 1).await.map(drop),
        "skip" => runner.skip(client, 2).await.map(drop),
        "repairs" => runner.repairs(client).await.map(drop),
        "rehearse" => runner.rehearse(client).await.map(drop),
        "preview" => runner.preview(client).await.map(drop),
        "preview revert" => runner.preview_revert(client, 1).await.map(drop),
        _ => panic!("{verb}"),
    }
}

#[tokio::test]
async fn each_verb_gives_up_and_names_the_session() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let files = pairs(2);
    set_of(&files[..2]).run(&mut client).await.unwrap();
    let set = set_of(&files);
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(20)).max_attempts(2);
    let holder = db.connect().await;
    let pid: i32 = value(&holder, "SELECT pg_backend_pid()").await.parse().unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE schema_migrations, schema_migrations_log").await.unwrap();
    client.batch_execute("SET lock_timeout = '7min'").await.unwrap();
    for verb in VERBS {
        let error = act(verb, &runner, &mut client).await.unwrap_err();
        assert!(error.is_lock_timeout() && error.code().as_str() == "M0524", "{verb}: {error}");
        let pids: Vec<i32> = error.blockers().iter().map(migrate_runtime::Blocker::pid).collect();
        assert_eq!(pids, [pid], "{verb}");
        let words = format!(", at each of 2 attempts; the lock was held by pid {pid} ");
        assert!(error.to_string().contains(&words), "{verb}: {error}");
        assert_eq!(value(&client, "SHOW lock_timeout").await, "7min", "{verb}");
    }
    holder.batch_execute("COMMIT").await.unwrap();
    for verb in VERBS {
        act(verb, &runner, &mut client).await.unwrap_or_else(|error| panic!("{verb}: {error}"));
        assert_eq!(value(&client, "SHOW lock_timeout").await, "7min", "{verb}");
        set_of(&files[..2]).run(&mut client).await.unwrap();
        Runner::new(&set).revert_to(&mut client, 1).await.unwrap();
    }
}

#[tokio::test]
async fn who_waits_goes_on_when_the_lock_is_released() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(1));
    set.run(&mut client).await.unwrap();
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE schema_migrations").await.unwrap();
    let log = Log::default();
    let release = async {
        log.until("will be tried again").await;
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(20));
    let (report, ()) = tokio::join!(log.of(Level::WARN, runner.run(&mut client)), release);
    assert!(report.unwrap().applied().is_empty());
}

/// The limit is not the caller's.
#[tokio::test]
async fn a_transaction_of_the_caller_keeps_its_own_limit() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(1));
    set.run(&mut client).await.unwrap();
    client.batch_execute("BEGIN; SET LOCAL lock_timeout = '7min'").await.unwrap();
    let error = set.run(&mut client).await.unwrap_err();
    assert_eq!(error.code().as_str(), "M0531", "{error}");
    assert!(Runner::new(&set).log(&mut client, None).await.is_ok());
    assert_eq!(value(&client, "SHOW lock_timeout").await, "7min");
}

/// The table whose row is locked may be locked itself.
#[tokio::test]
async fn the_table_of_the_lock() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let files = pairs(2);
    let (one, both) = (set_of(&files[..2]), set_of(&files));
    Runner::new(&one).row_lock().run(&mut client).await.unwrap();
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE schema_migrations_lock").await.unwrap();
    let runner = Runner::new(&both).row_lock().lock_timeout(Duration::from_millis(20)).max_attempts(2);
    let error = runner.run(&mut client).await.unwrap_err();
    assert!(error.is_lock_timeout() && error.version() == Some(2), "{error}");
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
}
