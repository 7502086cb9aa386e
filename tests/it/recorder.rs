//! A proxy on loopback that keeps the simple queries which the client sends.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{address, moved};

#[derive(Clone)]
pub(crate) struct Recorder {
    address: SocketAddr,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// Passes connections on to the server of a URL.
    pub(crate) async fn to(url: &str) -> Self {
        let target = address(url);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let recorder = Self { address: listener.local_addr().unwrap(), queries: Arc::default() };
        let queries = recorder.queries.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(pass(client, server, queries.clone()));
            }
        });
        recorder
    }

    /// The URL with the recorder in the server's place.
    pub(crate) fn url(&self, url: &str) -> String {
        moved(url, self.address)
    }

    /// What was sent since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.queries.lock().unwrap())
    }
}

/// The first message has no byte that says which one it is (section 55.7 of the manual).
async fn pass(client: TcpStream, server: TcpStream, queries: Arc<Mutex<Vec<String>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut kind = None;
    loop {
        let mut bytes = Vec::new();
        if let Some(kind) = &mut kind {
            let Ok(byte) = from_client.read_u8().await else {
                return;
            };
            *kind = byte;
            bytes.push(byte);
        }
        let Ok(length) = from_client.read_u32().await else {
            return;
        };
        bytes.extend(length.to_be_bytes());
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        if from_client.read_exact(&mut body).await.is_err() {
            return;
        }
        if kind == Some(b'Q') {
            let text = String::from_utf8(body[..body.len() - 1].to_vec()).unwrap();
            queries.lock().unwrap().push(text);
        }
        kind.get_or_insert(0);
        bytes.extend(body);
        if to_server.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
