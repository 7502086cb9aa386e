//! What the tests share: a directory, a query, a look at a port. It starts no server.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use migrate_server::Server;

/// A directory of a test's own, which any user may write to and which goes with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("server-test-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).unwrap();
        let anybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        fs::set_permissions(&dir, anybody).unwrap();
        Self(fs::canonicalize(dir).unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn port_of(url: &str) -> u16 {
    let (_, after_host) = url.rsplit_once(':').unwrap();
    after_host.split('/').next().unwrap().parse().unwrap()
}

/// Whether anything listens there.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Speaks to the server as a client does: the answer to a start without a password yet.
pub(crate) fn asks_for_password(port: u16) -> bool {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(body.len() + 4).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    // `R`, its length, and the kind of authentication: 10 is SASL, which is SCRAM.
    answer[0] == b'R' && answer[5..] == [0, 0, 0, 10]
}

/// The first byte of the answer to a wish for TLS.
pub(crate) fn answer_to_tls(port: u16) -> u8 {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
    let mut answer = [0];
    stream.read_exact(&mut answer).unwrap();
    answer[0]
}

/// The first value of the first row that the server answers, as text; empty where there is none.
#[track_caller]
pub(crate) fn query(server: &Server, sql: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let messages = runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(server.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.simple_query(sql).await.unwrap()
    });
    let rows = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    rows.take(1).map(str::to_owned).collect()
}

/// Waits for something that another process does.
#[track_caller]
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
