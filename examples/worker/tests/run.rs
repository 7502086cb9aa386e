//! The worker beside the web service: both start at the same time, on a database that has nothing yet.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::time::SystemTime;

use migrate_server::{Options, Server};

struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start(program: &Path, database_url: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        let mut child =
            command.args(args).env("DATABASE_URL", database_url).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    fn worker(database_url: &str, name: &str) -> Self {
        Self::start(Path::new(env!("CARGO_BIN_EXE_worker")), database_url, &["--name", name, "--pause", "10"])
    }

    /// Waits for the line with this in it, and returns that line.
    fn hear(&mut self, text: &str) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "it has ended without {text:?}: {said}");
            if line.contains(text) {
                return line;
            }
            said.push_str(&line);
        }
    }

    /// Tells it to stop: the exit code, and what it has yet printed.
    fn stop(mut self) -> (Option<i32>, String) {
        // The shell's own: not every system has the program.
        let kill = Command::new("sh")
            .args(["-c", "kill -s TERM \"$0\"", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The web service, which is another package's: cargo names its program to that one's tests only. Where all of the workspace
/// is tested it lies beside this one's; where it does not, or is older than its sources, it is built.
static WEB: LazyLock<PathBuf> = LazyLock::new(|| {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    let program = Path::new(env!("CARGO_BIN_EXE_worker")).with_file_name("web");
    let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let newest = newest(&sources.join("src")).max(newest(&sources.join("migrations")));
    if written(&program).is_none_or(|written| written < newest) {
        let cargo = Command::new(env!("CARGO"))
            .args(["build", "--package", "web", "--locked"])
            .current_dir(&sources)
            .status();
        assert!(cargo.unwrap().success(), "the web service is not built");
    }
    assert!(program.is_file(), "{} is not there", program.display());
    program
});

fn newest(folder: &Path) -> SystemTime {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    files.map(|file| file.modified().unwrap()).max().unwrap()
}

fn post(address: &str, json: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = json.len();
    write!(
        stream,
        "POST /emails HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{json}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}

fn server() -> Server {
    // Never the server of DATABASE_URL: the example writes to the database that it is given.
    Options::new().start().unwrap_or_else(|error| panic!("{error}"))
}

async fn value(url: &str, sql: &str) -> String {
    let (client, connection) = migrate_runtime::connect(url).await.unwrap();
    tokio::spawn(connection);
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Waits for the value of a query; what it waits for has no event of its own.
async fn until(server: &Server, sql: &str, expected: &str) {
    for _ in 0..1500 {
        if value(server.url(), sql).await == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("after 30 s it still is not {expected}: {sql}");
}

#[tokio::test]
async fn web_and_workers_start_together_on_an_empty_database() {
    let server = server();
    let mut web = Process::start(&WEB, server.url(), &["--listen", "127.0.0.1:0"]);
    let mut workers = ["one", "two"].map(|name| Process::worker(server.url(), name));
    for process in workers.iter_mut().chain([&mut web]) {
        // The web service says first where it listens; all say then where the database is.
        process.hear("the database is at 0002_emails_waiting");
    }
    let applied =
        "SELECT count(*)::text FROM schema_migrations_log WHERE action = 'apply' AND outcome = 'done'";
    assert_eq!(value(server.url(), applied).await, "2");
}

#[tokio::test]
async fn what_the_web_service_takes_in_is_sent_once() {
    let server = server();
    let mut worker = Process::worker(server.url(), "one");
    let mut web = Process::start(&WEB, server.url(), &["--listen", "127.0.0.1:0"]);
    let address = web.hear("listening on ").trim_end().rsplit('/').next().unwrap().to_owned();
    web.hear("the database is at 0002_emails_waiting");
    post(&address, r#"{"recipient": "ada@example.org", "body": "Hello"}"#);
    worker.hear("to ada@example.org");
    worker.hear("email 1 is sent");
    assert_eq!(worker.stop(), (Some(0), String::new()));
    assert_eq!(value(server.url(), "SELECT sent_by FROM emails").await, "one");
}

#[tokio::test]
async fn two_workers_share_the_queue_and_no_email_is_sent_twice() {
    let server = server();
    let mut first = Process::worker(server.url(), "first");
    first.hear("the database is at 0002_emails_waiting");
    assert_eq!(first.stop().0, Some(0));
    let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
    tokio::spawn(connection);
    let queue = "INSERT INTO emails (recipient, body) SELECT format('p%s@example.org', n), '' FROM generate_series(1, 200) AS n";
    client.batch_execute(queue).await.unwrap();

    // One that somebody has in hand is passed over, and does not hold up the others.
    client.batch_execute("BEGIN; SELECT FROM emails WHERE id = 1 FOR UPDATE").await.unwrap();
    let workers = ["one", "two"].map(|name| Process::worker(server.url(), name));
    until(&server, "SELECT string_agg(id::text, ' ') FROM emails WHERE sent_at IS NULL", "1").await;
    client.batch_execute("ROLLBACK").await.unwrap();
    until(&server, "SELECT count(*)::text FROM emails WHERE sent_at IS NULL", "0").await;

    let mut sent = Vec::new();
    for worker in workers {
        let (code, said) = worker.stop();
        assert_eq!(code, Some(0));
        let recipients = said.lines().filter_map(|line| line.strip_prefix("to ")).map(str::to_owned);
        sent.extend(recipients);
    }
    let all = sent.len();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!((all, sent.len()), (200, 200));
}
