//! Scratch databases on a server of others: nothing is left by a verb that is told to stop at any moment, and what a killed one
//! leaves is dropped by the next one.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use migrate_runtime::tokio_postgres::{Client, NoTls};
use migrate_server::Server;

use crate::life::{Life, query};
use crate::session::Session;

/// The verbs that make scratch databases there, each with one to look at where it needs that.
const VERBS: [&str; 7] = [
    "verify --dev-url $DEV",
    "generate next --schema schema.sql --dev-url $DEV",
    "docs --out page.html --dev-url $DEV",
    "squash --to 2 --dev-url $DEV",
    "drift --dev-url $DEV",
    "dump --dev-url $DEV",
    "fleet verify --schemas app_* --dev-url $DEV",
];

/// What is under way on the server.
const CREATING: &str = "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE migrate_scratch%' AND \
                        wait_event_type = 'Lock'";
const SLEEPING: &str = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname LIKE 'migrate\\_scratch%' AND wait_event = \
                        'PgSleep'";
/// No run holds the lock by which it is known to be alive; a session that sleeps has others, in its own database.
const NOBODY: &str = "SELECT count(*) = 0 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = \
                      'advisory' AND d.datname NOT LIKE 'migrate\\_scratch%'";
const SCRATCH: &str = "SELECT datname FROM pg_database WHERE datname LIKE 'migrate\\_scratch%' ORDER BY 1";

/// A folder whose migration sleeps wherever it is applied but in the database of the session, which has it.
fn life(server: &Arc<Server>) -> Life {
    let sleeps = "DO $$ BEGIN IF current_database() LIKE 'migrate\\_scratch%' THEN PERFORM pg_sleep(600); END IF; END $$;\n";
    let session =
        Session::with(&[("0001_sleeps.sql", sleeps), ("0002_b.sql", "CREATE TABLE b (id bigint);\n")]);
    session.write("schema.sql", "CREATE TABLE a (id bigint);\n");
    session.run_quietly(&["lock"], 0);
    let life = Life::on(server, session);
    life.session.run_quietly(&["up"], 0);
    life.sql("CREATE SCHEMA app_1");
    life.session.run_quietly(&["fleet", "up", "--schemas", "app_*"], 0);
    life
}

fn start(life: &Life, line: &str) -> Child {
    let args: Vec<String> = line.split(' ').map(|word| word.replace("$DEV", life.server.url())).collect();
    let mut command = life.session.command(Path::new(env!("CARGO_BIN_EXE_migrate")), &args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Asks the server until it is so, or the command has ended.
fn wait_until(life: &Life, child: &mut Child, question: &str) {
    while query(life.server.url(), question) != ["t"] {
        if let Some(status) = child.try_wait().unwrap() {
            let mut said = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
            panic!("{question}: ended with {status}: {said}");
        }
    }
}

fn signal(child: &Child, name: &str) {
    // The shell's own: a machine may have no such program.
    let kill = format!("kill {name} {}", child.id());
    let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(killed.success());
}

#[track_caller]
fn assert_interrupted(life: &Life, output: &Output, what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{what}: {stderr}");
    assert!(stderr.contains("error[M0908]: interrupted: "), "{what}: {stderr}");
    assert!(query(life.server.url(), SCRATCH).is_empty(), "{what}: {stderr}");
}

/// A session with an open transaction by which no database can be made of `template0`.
struct Gate {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Gate {
    fn closed(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = migrate_runtime::tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN; COMMENT ON DATABASE template0 IS 'a while'").await.unwrap();
            client
        });
        Self { runtime, client }
    }

    fn open(self) {
        self.runtime.block_on(self.client.batch_execute("ROLLBACK")).unwrap();
    }
}

#[test]
fn a_database_that_is_being_made_is_dropped_at_each_signal() {
    let server = Arc::new(Server::start().unwrap());
    let life = life(&server);
    for (at, line) in VERBS.into_iter().enumerate() {
        let name = if at % 2 == 0 { "-TERM" } else { "-INT" };
        let gate = Gate::closed(server.url());
        let mut child = start(&life, line);
        wait_until(&life, &mut child, CREATING);
        signal(&child, name);
        gate.open();
        assert_interrupted(&life, &child.wait_with_output().unwrap(), line);
    }
}

#[test]
fn a_database_in_use_is_dropped_at_each_signal() {
    let server = Arc::new(Server::start().unwrap());
    let life = life(&server);
    for (at, line) in VERBS.into_iter().enumerate().filter(|(_, line)| !line.starts_with("dump")) {
        let name = if at % 2 == 0 { "-INT" } else { "-TERM" };
        let mut child = start(&life, line);
        wait_until(&life, &mut child, SLEEPING);
        signal(&child, name);
        assert_interrupted(&life, &child.wait_with_output().unwrap(), line);
    }
}

#[test]
fn the_next_run_drops_what_a_killed_one_left_and_nothing_else() {
    let server = Arc::new(Server::start().unwrap());
    let life = life(&server);
    query(server.url(), "CREATE DATABASE migrate_scratch_of_mine");
    let mut killed = start(&life, VERBS[0]);
    wait_until(&life, &mut killed, SLEEPING);
    killed.kill().unwrap();
    killed.wait().unwrap();
    while query(server.url(), NOBODY) != ["t"] {}
    let left = query(server.url(), SCRATCH);
    assert_eq!(left.len(), 2, "{left:?}");

    // A run in another database of the server is alive, and so are its databases.
    let url = server.url_of("template1");
    let mut alive = start(&life, &VERBS[0].replace("$DEV", &url));
    let is_new =
        format!("SELECT count(*) = 1 FROM ({SCRATCH}) s WHERE NOT datname = ANY('{{{}}}')", left.join(","));
    wait_until(&life, &mut alive, &is_new);
    wait_until(&life, &mut alive, SLEEPING);
    let output = start(&life, "dump --dev-url $DEV").wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let there = query(server.url(), SCRATCH);
    assert_eq!(there.len(), 2, "{there:?}");
    assert!(there.contains(&"migrate_scratch_of_mine".to_owned()));
    assert!(there.iter().any(|name| !left.contains(name)));
    query(server.url(), "DROP DATABASE migrate_scratch_of_mine");
    signal(&alive, "-TERM");
    assert_interrupted(&life, &alive.wait_with_output().unwrap(), "the one that is alive");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Arc::new(Server::start().unwrap());
    let life = life(&server);
    let gate = Gate::closed(server.url());
    let mut child = start(&life, VERBS[0]);
    wait_until(&life, &mut child, CREATING);
    signal(&child, "-INT");
    // It waits for the database that is being made, and so for us.
    let queued =
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE migrate_scratch%'";
    wait_until(&life, &mut child, queued);
    while child.try_wait().unwrap().is_none() {
        signal(&child, "-TERM");
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("error[M0908]: interrupted: twice"), "{stderr}");
    gate.open();
}

#[test]
fn a_scratch_server_of_our_own_ends_with_the_verb() {
    let server = Arc::new(Server::start().unwrap());
    let life = life(&server);
    for (name, line) in [("-TERM", "verify"), ("-INT", "docs --out page.html")] {
        let mut child = start(&life, line);
        let server = descendant(&mut child);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!Path::new(&format!("/proc/{server}")).exists(), "{line}: the server is left");
    }
}

/// A session of the PostgreSQL that a command has started and that sleeps there, by the processes of Linux.
fn descendant(child: &mut Child) -> u32 {
    loop {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        let mut of = vec![child.id()];
        while let Some(parent) = of.pop() {
            let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
            for process in children.unwrap_or_default().split_whitespace() {
                let process: u32 = process.parse().unwrap();
                let name = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
                if name.contains("migrate_scratch") {
                    return process;
                }
                of.push(process);
            }
        }
    }
}
