//! The service with its tenants, as its reader starts it: new ones, those of an earlier run, and one that cannot be migrated.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use migrate_server::{Options, Server};

struct Service {
    child: Child,
    address: String,
    /// What it said before it listened.
    said: String,
}

impl Service {
    /// Returns when it listens.
    fn start(database_url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenants"))
            .args(["--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", database_url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        // From here on it is killed where a test does not come to its end.
        let mut service = Self { child, address: String::new(), said: String::new() };
        while service.address.is_empty() {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it has ended: {}", service.said);
            match line.trim_end().strip_prefix("listening on http://") {
                Some(address) => address.clone_into(&mut service.address),
                None => service.said.push_str(&line),
            }
        }
        service
    }

    /// The status code, and the body.
    fn ask(&self, method: &str, path: &str, json: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = json.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: service\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{json}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn create(&self, slug: &str) -> u16 {
        self.ask("POST", "/tenants", &format!(r#"{{"slug": "{slug}", "name": "A tenant"}}"#)).0
    }

    fn add(&self, slug: &str, body: &str) -> u16 {
        self.ask("POST", &format!("/tenants/{slug}/notes"), &format!(r#"{{"body": "{body}"}}"#)).0
    }

    fn notes(&self, slug: &str) -> (u16, String) {
        self.ask("GET", &format!("/tenants/{slug}/notes"), "")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn server() -> Server {
    // Never the server of DATABASE_URL: the example writes to the database that it is given.
    Options::new().start().unwrap_or_else(|error| panic!("{error}"))
}

fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(url).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    });
}

#[test]
fn a_tenant_is_made_when_somebody_asks_and_has_its_own_tables() {
    let server = server();
    let service = Service::start(server.url());
    assert!(service.said.contains("control: applied 3 migrations"), "{}", service.said);
    assert_eq!((service.create("acme"), service.create("big-corp")), (201, 201));
    assert_eq!(service.create("acme"), 409);
    for no_slug in ["", "-", "a b", "Acme", "a\\\"; DROP TABLE tenants", &"a".repeat(41)] {
        assert_eq!(service.create(no_slug), 422, "{no_slug}");
    }
    for no_name in ["", " ", "\\u0000"] {
        let tenant = format!(r#"{{"slug": "nameless", "name": "{no_name}"}}"#);
        assert_eq!(service.ask("POST", "/tenants", &tenant).0, 422, "{no_name:?}");
    }
    execute(server.url(), "INSERT INTO tenants (slug, name, deleted_at) VALUES ('gone', 'Gone', now())");
    assert_eq!(service.create("gone"), 409);
    // What is refused has left no schema behind.
    execute(server.url(), "CREATE SCHEMA tenant_nameless; CREATE SCHEMA tenant_gone");
    assert_eq!((service.add("acme", "of acme"), service.add("big-corp", "of big-corp")), (201, 201));
    assert_eq!(service.notes("acme"), (200, r#"[{"body":"of acme"}]"#.to_owned()));
    assert_eq!(service.notes("big-corp"), (200, r#"[{"body":"of big-corp"}]"#.to_owned()));
    assert_eq!(service.notes("nobody").0, 404);
}

#[test]
fn one_that_two_ask_for_at_once_is_made_once() {
    let server = server();
    let service = Service::start(server.url());
    let mut codes: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..4).map(|_| scope.spawn(|| service.create("acme"))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409, 409]);
    assert_eq!(service.add("acme", "once"), 201);
}

#[test]
fn at_start_all_are_brought_forward_and_one_that_fails_is_no_trouble_of_the_others() {
    let server = server();
    let service = Service::start(server.url());
    assert_eq!((service.create("acme"), service.create("broken")), (201, 201));
    drop(service);

    // Its tables are there and its history is not; and one has a row and no schema.
    let sql =
        "TRUNCATE tenant_broken.schema_migrations; INSERT INTO tenants (slug, name) VALUES ('late', 'Late')";
    execute(server.url(), sql);
    let service = Service::start(server.url());
    let line =
        |slug: &str| service.said.lines().find(|line| line.starts_with(slug)).unwrap_or_default().to_owned();
    assert!(line("acme ").ends_with("  current"), "{}", service.said);
    assert!(line("late ").contains("  failed: "), "{}", service.said);
    assert!(
        line("broken ").contains("  failed: migrations/0001_notes.up.sql:3:1: relation"),
        "{}",
        service.said
    );
    assert_eq!(
        (service.add("acme", "x"), service.add("late", "x"), service.add("broken", "x")),
        (201, 503, 503)
    );
    assert_eq!(service.create("late"), 409);
    drop(service);

    execute(server.url(), "DROP TABLE tenant_broken.notes");
    let service = Service::start(server.url());
    assert_eq!(service.add("broken", "mended"), 201);
}
