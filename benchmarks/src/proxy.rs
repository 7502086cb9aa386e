//! A proxy on loopback that counts turnarounds, how often the client speaks after the server has, and that may stand in
//! for a distant network. Threads of its own, so that it takes no turns with the runtime whose work is measured.

use std::io::{Read as _, Result, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Where the proxy listens, and what it counts.
pub struct Proxy {
    pub port: u16,
    turnarounds: Arc<AtomicUsize>,
}

impl Proxy {
    /// Passes connections on to a port of this machine. What arrives is on its way for `delay`, in each direction.
    pub fn to(port: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let proxy = Self { port: listener.local_addr()?.port(), turnarounds: Arc::default() };
        let turnarounds = proxy.turnarounds.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let link = || link(client?, TcpStream::connect(("127.0.0.1", port))?, delay, &turnarounds);
                // Who connects finds the connection closed.
                let _: Result<()> = link();
            }
        });
        Ok(proxy)
    }

    /// How often the client spoke after the server had, since this was last asked.
    pub fn take(&self) -> usize {
        self.turnarounds.swap(0, Ordering::SeqCst)
    }
}

/// Passes on what the two say to each other.
fn link(client: TcpStream, server: TcpStream, delay: Duration, turnarounds: &Arc<AtomicUsize>) -> Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let turnarounds = turnarounds.clone();
    let servers_turn = Arc::new(AtomicBool::new(true));
    let turn = servers_turn.clone();
    // The client's turn is when it hears the server, the server's when the client speaks.
    let heard = move || servers_turn.store(true, Ordering::SeqCst);
    let spoken = move |chunk: &[u8]| {
        if chunk != GOODBYE && turn.swap(false, Ordering::SeqCst) {
            turnarounds.fetch_add(1, Ordering::SeqCst);
        }
    };
    pass(server.try_clone()?, client.try_clone()?, delay, |_| {}, heard);
    pass(client, server, delay, spoken, || {});
    Ok(())
}

/// The message `Terminate`, for whose answer nobody waits.
const GOODBYE: &[u8] = b"X\0\0\0\x04";

/// Each chunk is passed on after the delay, whatever comes after it: the delay takes nothing from the throughput.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    delay: Duration,
    arrived: impl Fn(&[u8]) + Send + 'static,
    delivered: impl Fn() + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (due, chunk) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            delivered();
            if to.write_all(&chunk).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            let due = Instant::now() + delay;
            arrived(&buffer[..n]);
            if sender.send((due, buffer[..n].to_vec())).is_err() {
                return;
            }
        }
    });
}
