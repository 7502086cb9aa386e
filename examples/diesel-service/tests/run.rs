//! The service, as its reader starts it: twice on one database, and asked by HTTP.

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
        let mut child = Command::new(env!("CARGO_BIN_EXE_diesel-service"))
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

    fn ask(&self, method: &str, json: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = json.len();
        write!(
            stream,
            "{method} /users HTTP/1.1\r\nHost: service\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{json}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
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

#[test]
fn it_migrates_and_its_queries_find_the_schema() {
    let server = server();
    let service = Service::start(server.url());
    assert!(service.said.contains("applied 3 migrations in "), "{}", service.said);
    assert_eq!(service.ask("GET", ""), (200, "[]".to_owned()));
    let ada = r#"{"email":"ada@example.org","display_name":"Ada"}"#;
    assert_eq!(service.ask("POST", ada).0, 201);
    assert_eq!(service.ask("POST", ada).0, 409);
    assert_eq!(service.ask("POST", r#"{"email": "nobody", "display_name": "Nobody"}"#).0, 422);
    drop(service);

    let service = Service::start(server.url());
    assert_eq!(service.said, "nothing to do: the database is at 0003_tenant_users\n");
    assert_eq!(service.ask("GET", ""), (200, format!("[{ada}]")));
}

#[test]
fn without_a_database_it_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_diesel-service"))
        .env("DATABASE_URL", "postgres://app:s3cret@127.0.0.1:1/shop")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("error: ") && stderr.contains("127.0.0.1:1"), "{stderr}");
    assert!(!stderr.contains("s3cret"), "{stderr}");
}
