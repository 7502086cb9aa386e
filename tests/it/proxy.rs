//! A proxy on loopback that counts turnarounds, how often the client speaks after the server has, and the rows that the
//! server sends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{address, moved};

#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    turnarounds: Arc<AtomicUsize>,
    rows: Arc<AtomicUsize>,
}

impl Proxy {
    /// Passes connections on to the server of a URL.
    pub(crate) async fn to(url: &str) -> Self {
        Self::far(url, Duration::ZERO).await
    }

    /// The same over a way that takes so long in each direction.
    pub(crate) async fn far(url: &str, way: Duration) -> Self {
        let target = address(url);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            turnarounds: Arc::default(),
            rows: Arc::default(),
        };
        let (turnarounds, rows) = (proxy.turnarounds.clone(), proxy.rows.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(pass(client, server, way, turnarounds.clone(), rows.clone()));
            }
        });
        proxy
    }

    /// The URL with the proxy in the server's place.
    pub(crate) fn url(&self, url: &str) -> String {
        moved(url, self.address)
    }

    /// How often the client spoke after the server had, since this was last asked.
    pub(crate) fn take_turnarounds(&self) -> usize {
        self.turnarounds.swap(0, Ordering::SeqCst)
    }

    /// How many rows the server has sent, since this was last asked.
    pub(crate) fn take_rows(&self) -> usize {
        self.rows.swap(0, Ordering::SeqCst)
    }
}

async fn pass(
    client: TcpStream,
    server: TcpStream,
    way: Duration,
    turnarounds: Arc<AtomicUsize>,
    rows: Arc<AtomicUsize>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let servers_turn = Arc::new(AtomicBool::new(false));
    let server_speaks = servers_turn.clone();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65536];
        // Each of the server's messages has a byte that says which one it is.
        let mut messages = Messages { is_started: true, ..Messages::default() };
        while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
            messages.begins_one(&buffer[..n]);
            rows.fetch_add(std::mem::take(&mut messages.rows), Ordering::SeqCst);
            tokio::time::sleep(way).await;
            server_speaks.store(false, Ordering::SeqCst);
            if to_client.write_all(&buffer[..n]).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 65536];
    let mut messages = Messages::default();
    while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
        // What the server says in the middle of a long message does not make two of it.
        // Nobody waits for an answer to a goodbye.
        let is_goodbye = buffer[..n] == *b"X\0\0\0\x04";
        if messages.begins_one(&buffer[..n]) && !is_goodbye && !servers_turn.swap(true, Ordering::SeqCst) {
            turnarounds.fetch_add(1, Ordering::SeqCst);
        }
        tokio::time::sleep(way).await;
        if to_server.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

/// Where the client's messages begin: a byte that says which one it is, and its length (section 55.7 of the manual).
#[derive(Default)]
struct Messages {
    /// The first one has no such byte.
    is_started: bool,
    header: Vec<u8>,
    /// How many bytes of the message under way are still to come.
    rest: usize,
    /// How many of them were rows.
    rows: usize,
}

impl Messages {
    fn begins_one(&mut self, mut bytes: &[u8]) -> bool {
        let mut begins = false;
        while !bytes.is_empty() {
            let skipped = self.rest.min(bytes.len());
            self.rest -= skipped;
            bytes = &bytes[skipped..];
            let Some((byte, after)) = bytes.split_first() else {
                break;
            };
            begins |= self.header.is_empty();
            self.header.push(*byte);
            bytes = after;
            let kind = usize::from(self.is_started);
            if self.header.len() == kind + 4 {
                let length = u32::from_be_bytes(self.header[kind..].try_into().unwrap());
                self.rest = usize::try_from(length).unwrap() - 4;
                self.rows += usize::from(kind == 1 && self.header[0] == b'D');
                self.header.clear();
                self.is_started = true;
            }
        }
        begins
    }
}
