//! Processes are killed, backends terminated and servers stopped, at moments that events decide and no clock; the next run
//! ends as if nothing had happened.

use std::cell::Cell;
use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};

use crate::disturbed::{FILES, GATES, Random, conversation, faults, finish, measure, sweep};
use crate::fault_proxy::{Act, Direction, Fault, FaultProxy};
use crate::processes::migrator;
use crate::support::{Db, HISTORY, connect, folder, load, options, say, set, until, value};

/// Starts the process, and kills it at this place of its conversation. `false`: it came to its end before.
async fn kill_at(fault: Fault, folder: &std::path::Path, url: &str) -> bool {
    let proxy = FaultProxy::to(url, Some(fault)).await;
    let mut child = migrator(folder, &proxy.url(url)).spawn().unwrap();
    tokio::select! {
        () = proxy.happened() => {
            child.kill().await.unwrap();
            true
        }
        _ = child.wait() => false,
    }
}

#[tokio::test]
async fn a_process_that_is_killed_anywhere() {
    let (set, folder) = (set(&FILES), folder(&FILES));
    let faults = faults(&measure(&set).await, 16, &[Act::Stall], Random::seed(12));
    let killed = Cell::new(0);
    let left = Box::pin(sweep(&set, &faults, async |fault, url| {
        let is_killed = kill_at(fault, folder.path(), url).await;
        killed.set(killed.get() + usize::from(is_killed));
        format!("killed: {is_killed}")
    }));
    let left = left.await;
    say(&format!("kills: {} processes killed, {left} of them left work to do", killed.get()));
    assert!(killed.get() >= 30 && left > 0);
}

/// Twenty statements that are recorded one by one, in a process that is killed again and again until it gets to the end.
#[tokio::test]
async fn statements_are_not_run_twice_however_often_the_process_is_killed() {
    let inserts: Vec<String> = (1..=20).map(|n| format!("INSERT INTO log VALUES ({n});\n")).collect();
    let script = format!("-- migrate: no-transaction\n{}", inserts.concat());
    let folder = folder(&[("0001_log.sql", "CREATE TABLE log (n int);"), ("0002_x.sql", &script)]);
    let set = load(folder.path());
    let passed = conversation(&set, &Db::new().await).await;
    let mut random = Random::seed(7);
    let mut kills = 0;
    for _ in 0..4 {
        let db = Db::new().await;
        loop {
            let [to_server, to_client] = [passed.to_server / 2, passed.to_client / 2];
            let places = [(Direction::ToServer, to_server), (Direction::ToClient, to_client)];
            let (direction, limit) = places[random.below(2)];
            let fault = Fault { direction, after: random.below(limit), act: Act::Stall };
            if !kill_at(fault, folder.path(), &db.url).await {
                break;
            }
            kills += 1;
            assert!(kills < 200, "it does not get on");
        }
        set.run_url(&db.url).await.unwrap();
        assert_eq!(db.value("SELECT count(*) || ' ' || count(DISTINCT n) FROM log").await, "20 20");
        assert_eq!(db.value(HISTORY).await, "1,2");
    }
    assert!(kills > 4, "{kills}");
}

/// Who holds one of [`GATES`], on a database at the first migration, where the run that comes next cannot pass.
struct Holder {
    _client: Client,
    pid: String,
}

impl Holder {
    async fn of(gate: &str, set: &MigrationSet, url: &str) -> Self {
        let mut client = connect(url).await;
        Runner::new(set).target(1).run(&mut client).await.unwrap();
        client.batch_execute(&format!("BEGIN; {gate}")).await.unwrap();
        let pid = value(&client, "SELECT pg_backend_pid()").await;
        Self { _client: client, pid }
    }

    /// The session that waits for this one. Others may wait for a moment: an index build does for every old snapshot.
    fn waiting(&self, what: &str) -> String {
        format!("SELECT {what} FROM pg_stat_activity WHERE {} = ANY (pg_blocking_pids(pid))", self.pid)
    }

    async fn holds_up(&self, watcher: &Client) {
        until(watcher, &self.waiting("count(*) = 1")).await;
    }
}

/// The server does not notice that the process is gone, and goes on: the next process has to wait for that.
#[tokio::test]
async fn a_process_that_is_killed_while_the_server_is_at_work() {
    let (set, folder) = (set(&FILES), folder(&FILES));
    let check = async |gate: &str| {
        let db = Db::new().await;
        let holder = Holder::of(gate, &set, &db.url).await;
        let watcher = db.connect().await;
        let mut child = migrator(folder.path(), &db.url).spawn().unwrap();
        holder.holds_up(&watcher).await;
        child.kill().await.unwrap();
        let proxy = FaultProxy::to(&db.url, None).await;
        let release = async {
            // Time enough for the next one to go ahead, if it does not wait.
            let asked_often = async {
                while proxy.passed().turns.len() < 10 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(2), asked_often).await;
            drop(holder);
        };
        let url = proxy.url(&db.url);
        let (applied, ()) = tokio::join!(finish(&set, &url, &watcher), release);
        applied.unwrap_or_else(|error| panic!("{gate}: {error}"));
    };
    // In a transaction, in a statement that has one of its own, in an index build, in the last migration.
    tokio::join!(check(GATES[1]), check(GATES[3]), check(GATES[4]), check(GATES[6]));
}

/// Three times in each of many runs, at gates that a seed decides.
#[tokio::test]
async fn backends_that_are_terminated() {
    let set = set(&FILES);
    let mut random = Random::seed(13);
    for _ in 0..5 {
        let db = Db::new().await;
        let watcher = db.connect().await;
        let mut gates = [(); 3].map(|()| random.below(GATES.len()));
        // A gate is passed for good when the run has come to a later one.
        gates.sort_unstable();
        for gate in gates {
            let holder = Holder::of(GATES[gate], &set, &db.url).await;
            let terminate = async {
                holder.holds_up(&watcher).await;
                let is_done = value(&watcher, &holder.waiting("pg_terminate_backend(pid)")).await;
                assert_eq!(is_done, "t");
                drop(holder);
            };
            let (_, ()) = tokio::join!(set.run_url(&db.url), terminate);
        }
        finish(&set, &db.url, &watcher).await.unwrap_or_else(|error| panic!("{gates:?}: {error}"));
    }
}

#[tokio::test]
async fn a_server_that_is_stopped_as_by_a_crash() {
    let set = set(&FILES);
    let mut server = options().start().unwrap();
    let url = server.url().to_owned();
    for gate in GATES {
        connect(&url).await.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
        let holder = Holder::of(gate, &set, &url).await;
        let watcher = connect(&url).await;
        let stop = async {
            holder.holds_up(&watcher).await;
            server.stop_immediately().unwrap();
        };
        let (result, ()) = tokio::join!(set.run_url(&url), stop);
        assert!(result.is_err(), "{gate}");
        server.restart().unwrap();
        finish(&set, &url, &connect(&url).await).await.unwrap_or_else(|error| panic!("{gate}: {error}"));
    }
}
