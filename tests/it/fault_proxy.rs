//! A proxy on loopback that does one bad thing once: after so many bytes it cuts the connection, or holds back what comes
//! after them. It knows nothing of what the bytes mean.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::support::{address, moved};

/// What happens when so many bytes, counted over all connections, have passed in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) direction: Direction,
    pub(crate) after: usize,
    pub(crate) act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Both sides see the connection closed, and read what was sent before.
    Close,
    /// Both sides see it reset, and may not even read what was sent before.
    Reset,
    /// Nothing passes any more in this direction, until one side closes the connection.
    Stall,
}

/// What has passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed {
    pub(crate) to_server: usize,
    pub(crate) to_client: usize,
    /// How many bytes had gone to the server each time that it began to answer.
    pub(crate) turns: Vec<usize>,
}

pub(crate) struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    passed: Mutex<Passed>,
    /// Until it has happened.
    fault: Mutex<Option<Fault>>,
    happened: Notify,
}

impl FaultProxy {
    /// Passes connections on to the server of a URL.
    pub(crate) async fn to(url: &str, fault: Option<Fault>) -> Self {
        let target = address(url);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Shared { passed: Mutex::default(), fault: Mutex::new(fault), happened: Notify::new() };
        let proxy = Self { address: listener.local_addr().unwrap(), shared: Arc::new(shared) };
        let shared = proxy.shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A server that is gone refuses; then the client sees a connection that is closed at once.
                if let Ok(server) = TcpStream::connect(&target).await {
                    tokio::spawn(pass(client, server, shared.clone()));
                }
            }
        });
        proxy
    }

    /// The URL with the proxy in the server's place.
    pub(crate) fn url(&self, url: &str) -> String {
        moved(url, self.address)
    }

    pub(crate) fn passed(&self) -> Passed {
        self.shared.passed.lock().unwrap().clone()
    }

    /// Returns when the fault has happened, if nobody has waited for that before.
    pub(crate) async fn happened(&self) {
        self.shared.happened.notified().await;
    }
}

impl Shared {
    /// How many of these bytes may pass, and what happens after them.
    fn admit(&self, direction: Direction, bytes: usize) -> (usize, Option<Act>) {
        let mut passed = self.passed.lock().unwrap();
        let before = match direction {
            Direction::ToServer => passed.to_server,
            Direction::ToClient => passed.to_client,
        };
        let mut fault = self.fault.lock().unwrap();
        let due = fault.take_if(|fault| fault.direction == direction && fault.after <= before + bytes);
        let admitted = due.map_or(bytes, |fault| fault.after - before);
        match direction {
            Direction::ToServer => passed.to_server += admitted,
            Direction::ToClient => {
                let turn = passed.to_server;
                if passed.turns.last() != Some(&turn) {
                    passed.turns.push(turn);
                }
                passed.to_client += admitted;
            }
        }
        (admitted, due.map(|fault| fault.act))
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, shared: Arc<Shared>) {
    // What passes in small pieces must not wait for more.
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (mut from_client, mut from_server) = (vec![0; 65536], vec![0; 65536]);
    let mut stalled = None;
    loop {
        let (direction, read) = tokio::select! {
            read = client.read(&mut from_client) => (Direction::ToServer, read),
            read = server.read(&mut from_server) => (Direction::ToClient, read),
        };
        // One side has gone: so does the other, when this returns.
        let Ok(n @ 1..) = read else { return };
        let (bytes, to) = match direction {
            Direction::ToServer => (&from_client[..n], &mut server),
            Direction::ToClient => (&from_server[..n], &mut client),
        };
        if stalled == Some(direction) {
            continue;
        }
        let (admitted, act) = shared.admit(direction, bytes.len());
        if to.write_all(&bytes[..admitted]).await.is_err() {
            return;
        }
        let Some(act) = act else { continue };
        shared.happened.notify_one();
        match act {
            Act::Close => return,
            Act::Reset => {
                for stream in [&client, &server] {
                    stream.set_zero_linger().unwrap();
                }
                return;
            }
            Act::Stall => stalled = Some(direction),
        }
    }
}
