//! `target_session_attrs`: which of several servers is taken, as `psql` takes it.

use migrate_runtime::{Code, MigrationSet};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::support::{program, say, value};

/// A server that says this of itself: its name, whether it is in recovery, and whether it takes writes.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    is_in_recovery: bool,
    is_read_only: bool,
}

const PRIMARY: Kind = Kind { name: "primary", is_in_recovery: false, is_read_only: false };
const STANDBY: Kind = Kind { name: "standby", is_in_recovery: true, is_read_only: true };
/// `default_transaction_read_only` is on.
const CLOSED: Kind = Kind { name: "closed", is_in_recovery: false, is_read_only: true };
/// Nothing listens there.
const AWAY: Kind = Kind { name: "away", is_in_recovery: false, is_read_only: false };

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn parameter(name: &str, is_on: bool) -> Vec<u8> {
    message(b'S', format!("{name}\0{}\0", if is_on { "on" } else { "off" }).as_bytes())
}

impl Kind {
    /// The port that it listens on, or one that nothing listens on.
    async fn start(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        if self.name != AWAY.name {
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(async move { self.serve(stream).await });
                }
            });
        }
        port
    }

    /// Lets everybody in and answers each query with one value.
    async fn serve(self, mut stream: TcpStream) -> std::io::Result<()> {
        let length = stream.read_u32().await? as usize;
        stream.read_exact(&mut vec![0; length - 4]).await?;
        let ready = message(b'Z', b"I");
        let version = message(b'S', b"server_version\x0015.0\0");
        let greeting = [
            message(b'R', &[0; 4]),
            version,
            parameter("in_hot_standby", self.is_in_recovery),
            parameter("default_transaction_read_only", self.is_read_only && !self.is_in_recovery),
            ready.clone(),
        ];
        stream.write_all(&greeting.concat()).await?;
        loop {
            let kind = stream.read_u8().await?;
            let mut body = vec![0; stream.read_u32().await? as usize - 4];
            stream.read_exact(&mut body).await?;
            if kind != b'Q' {
                return Ok(());
            }
            let query = String::from_utf8(body).unwrap();
            let answer = match &*query {
                query if query.contains("pg_is_in_recovery") => {
                    if self.is_in_recovery {
                        "t"
                    } else {
                        "f"
                    }
                }
                query if query.contains("transaction_read_only") => {
                    if self.is_read_only {
                        "on"
                    } else {
                        "off"
                    }
                }
                _ => self.name,
            };
            let column = b"\0\x01name\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
            let length = u32::try_from(answer.len()).unwrap().to_be_bytes();
            let row = [&[0, 1][..], &length, answer.as_bytes()].concat();
            let answer =
                [message(b'T', column), message(b'D', &row), message(b'C', b"SELECT 1\0"), ready.clone()];
            stream.write_all(&answer.concat()).await?;
        }
    }
}

/// The name of the server that `psql` takes.
async fn of_psql(url: &str) -> Option<String> {
    let Some(psql) = program("psql") else {
        say("there is no psql on this machine: not compared");
        return None;
    };
    let mut command = Command::new(psql);
    let command = command.args(["--no-psqlrc", "--no-password", "-Atc", "SELECT name", "--dbname", url]);
    let output = command.env_clear().kill_on_drop(true).output().await.unwrap();
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test]
async fn the_server_that_is_wanted_is_found() {
    for (wanted, kinds, expected) in [
        ("any", &[STANDBY, PRIMARY][..], "standby"),
        ("any", &[AWAY, PRIMARY], "primary"),
        ("read-write", &[STANDBY, CLOSED, AWAY, PRIMARY], "primary"),
        ("read-only", &[PRIMARY, CLOSED], "closed"),
        ("read-only", &[AWAY, STANDBY], "standby"),
        ("primary", &[STANDBY, CLOSED], "closed"),
        ("primary", &[STANDBY, PRIMARY], "primary"),
        ("standby", &[PRIMARY, CLOSED, STANDBY], "standby"),
        ("prefer-standby", &[PRIMARY, AWAY, STANDBY], "standby"),
        ("prefer-standby", &[AWAY, PRIMARY, CLOSED], "primary"),
        ("read-write", &[STANDBY, CLOSED], ""),
        ("read-only", &[PRIMARY], ""),
        ("primary", &[STANDBY, AWAY], ""),
        ("standby", &[PRIMARY, CLOSED], ""),
    ] {
        let mut places = Vec::new();
        for kind in kinds {
            places.push(format!("127.0.0.1:{}", kind.start().await));
        }
        let places = places.join(",");
        let url = format!("postgres://app@{places}/shop?sslmode=disable&target_session_attrs={wanted}");
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        let found = match migrate_runtime::connect(&url).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                value(&client, "SELECT name").await
            }
            Err(_) => String::new(),
        };
        assert_eq!(found, expected, "{wanted} of {names:?}");
        if let Some(theirs) = of_psql(&url).await {
            assert_eq!(theirs, expected, "psql says otherwise: {wanted} of {names:?}");
        }
    }
}

#[tokio::test]
async fn an_error_says_what_each_server_is() {
    let (first, second) = (STANDBY.start().await, CLOSED.start().await);
    let url = format!("postgres://app:s3cret@127.0.0.1:{first},127.0.0.1:{second}/shop?sslmode=disable");
    for (wanted, expected) in [
        (
            "read-write",
            format!(
                "127.0.0.1:{first} takes no writes; then the server at 127.0.0.1:{second} takes no writes: "
            ),
        ),
        ("standby", String::new()),
    ] {
        let url = format!("{url}&target_session_attrs={wanted}");
        let found = migrate_runtime::connect(&url).await;
        assert_eq!(found.is_err(), !expected.is_empty());
        if let Err(error) = found {
            assert_eq!(error.code(), Code::M0516);
            let text = error.to_string();
            assert!(text.contains(&expected), "{text}");
            assert!(
                text.contains("asks for another one, so name its host in the connection string too"),
                "{text}"
            );
            assert!(MigrationSet::EMPTY.run_url(&url).await.unwrap_err().is_connect());
        }
    }
}
