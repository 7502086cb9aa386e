//! The end of an owner who cannot tidy up, and the end of a server without its owner.

use std::fs;
use std::io::Write;
use std::path::Path;

use migrate_server::Server;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::owner::Owner;
use crate::support::{Scratch, asks_for_password, eventually, listens, port_of, query};

/// Checks that an owner's server is there, ends the owner, and checks that the server goes.
#[track_caller]
fn goes_after(end: impl FnOnce(&mut Owner)) {
    let mut owner = Owner::spawn(None, None, "");
    let (url, dir) = owner.server();
    let port = port_of(&url);
    assert!(asks_for_password(port));
    assert!(dir.join("data/PG_VERSION").exists());
    end(&mut owner);
    let _ = owner.child.wait();
    eventually("the port closes", || !listens(port));
    eventually("the directory goes", || !dir.exists());
}

fn pid_of(owner: &Owner) -> Pid {
    Pid::from_child(&owner.child)
}

fn tell(owner: &mut Owner, word: &str) {
    let mut input = owner.child.stdin.take().unwrap();
    input.write_all(word.as_bytes()).unwrap();
}

#[test]
fn goes_after_a_kill() {
    goes_after(|owner| owner.child.kill().unwrap());
}

#[test]
fn goes_after_a_kill_of_the_whole_group() {
    goes_after(|owner| kill_process_group(pid_of(owner), Signal::KILL).unwrap());
}

#[test]
fn goes_after_a_ctrl_c() {
    goes_after(|owner| kill_process_group(pid_of(owner), Signal::INT).unwrap());
}

#[test]
fn goes_after_a_hangup_or_a_request_to_end() {
    goes_after(|owner| kill_process_group(pid_of(owner), Signal::HUP).unwrap());
    goes_after(|owner| kill_process_group(pid_of(owner), Signal::TERM).unwrap());
}

#[test]
fn goes_after_a_panic_in_main() {
    goes_after(|owner| tell(owner, "panic"));
}

#[test]
fn goes_after_an_exit_without_drop() {
    goes_after(|owner| tell(owner, "exit"));
}

#[test]
fn goes_when_the_owner_is_killed_while_it_is_made() {
    let scratch = Scratch::new();
    let mut owner = Owner::spawn(Some(scratch.path()), None, "");
    let children =
        |dir: &Path| -> Vec<_> { fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect() };
    eventually("initdb runs", || {
        children(scratch.path()).iter().any(|dir| dir.join("data.new/base").exists())
    });
    owner.child.kill().unwrap();
    eventually("the directory goes", || children(scratch.path()).is_empty());
}

#[test]
fn an_immediate_stop_keeps_what_was_committed() {
    let mut server = Server::start().unwrap();
    let (url, port) = (server.url().to_owned(), port_of(server.url()));
    query(&server, "create table t as select 1 as n");
    query(&server, "insert into t values (2)");

    server.stop_immediately().unwrap();
    assert!(!listens(port));
    server.stop_immediately().unwrap();
    server.restart().unwrap();
    assert_eq!(server.url(), url);
    assert!(asks_for_password(port));
    assert_eq!(query(&server, "select sum(n) from t"), "3");

    // One that runs is restarted too.
    server.restart().unwrap();
    assert_eq!(query(&server, "select sum(n) from t"), "3");
    let dir = server.data_dir().unwrap().to_owned();
    server.stop_immediately().unwrap();
    assert!(dir.exists());
    drop(server);
    assert!(!dir.exists());
}

/// The processes of a server: its `postgres`, and the watchdog that is its parent.
#[cfg(target_os = "linux")]
fn processes(dir: &Path) -> (Pid, Pid) {
    let file = fs::read_to_string(dir.join("data/postmaster.pid")).unwrap();
    let postgres: i32 = file.lines().next().unwrap().parse().unwrap();
    let status = fs::read_to_string(format!("/proc/{postgres}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    let watchdog: i32 = parent.trim().parse().unwrap();
    (Pid::from_raw(postgres).unwrap(), Pid::from_raw(watchdog).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn the_watchdog_outlives_signals_to_its_group() {
    let mut server = Server::start().unwrap();
    let (port, dir) = (port_of(server.url()), server.data_dir().unwrap().to_owned());
    let (_, watchdog) = processes(&dir);
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        kill_process_group(watchdog, signal).unwrap();
    }
    // The server is in that group and heeds them.
    eventually("the server stops", || !listens(port));
    server.restart().unwrap();
    assert!(asks_for_password(port));
    drop(server);
    assert!(!dir.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn restarts_after_postgres_was_killed() {
    let mut server = Server::start().unwrap();
    let (port, dir) = (port_of(server.url()), server.data_dir().unwrap().to_owned());
    let (postgres, _) = processes(&dir);
    rustix::process::kill_process(postgres, Signal::KILL).unwrap();
    eventually("the port closes", || !listens(port));
    server.restart().unwrap();
    assert!(asks_for_password(port));
}
