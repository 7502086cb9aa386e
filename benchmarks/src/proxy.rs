//! A proxy on loopback that counts turnarounds: how often the client speaks after the server has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Where the proxy listens, and what it counts.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    turnarounds: Arc<AtomicUsize>,
}

impl Proxy {
    /// Passes connections on to a port of this machine.
    pub(crate) async fn to(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self { port: listener.local_addr()?.port(), turnarounds: Arc::default() };
        let turnarounds = proxy.turnarounds.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                let ((client_in, client_out), (server_in, server_out)) =
                    (client.into_split(), server.into_split());
                let servers_turn = Arc::new(AtomicBool::new(true));
                let (turn, counter) = (servers_turn.clone(), turnarounds.clone());
                tokio::spawn(pass(server_in, client_out, move || servers_turn.store(true, Ordering::SeqCst)));
                tokio::spawn(pass(client_in, server_out, move || {
                    if turn.swap(false, Ordering::SeqCst) {
                        counter.fetch_add(1, Ordering::SeqCst);
                    }
                }));
            }
        });
        Ok(proxy)
    }

    /// How often the client spoke after the server had, since this was last asked.
    pub(crate) fn take(&self) -> usize {
        self.turnarounds.swap(0, Ordering::SeqCst)
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, spoken: impl Fn()) {
    let mut buffer = vec![0; 65536];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        spoken();
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
