//! A private server: from the options to a running one, its end, and its start after a crash.

use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use super::account::Account;
use super::cluster::{Cluster, Launched, Running};
use super::home::Home;
use super::watchdog::Watchdog;
use super::{binaries, search_path};

use crate::{Error, Options, Origin};

/// Another process may take a free port before the server does.
const PORTS_TRIED: u32 = 5;

/// Longer than the watchdog's patience with a server.
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// A private server. The fields go in this order: the server, then its directory.
#[derive(Debug)]
pub(crate) struct Private {
    running: Option<Running>,
    port: u16,
    cluster: Cluster,
}

impl Private {
    pub(crate) fn start(options: Options) -> Result<Self, Error> {
        Self::start_on(options, free_port)
    }

    fn start_on(options: Options, port: impl FnMut() -> io::Result<u16>) -> Result<Self, Error> {
        let account = Account::for_server()?;
        let home = Home::prepare(&options, account)?;
        home.hand_over()?;
        let guard = home.guard()?;
        let places = || search_path::all(env::var_os("PATH").as_deref());
        let binaries = binaries::find(&options.binaries, places, account, &home)?;
        let cluster = Cluster { home, binaries, tls: options.tls.is_some(), settings: options.settings };
        let guard = cluster.initialise(guard)?;
        let (running, port) = launch(&cluster, guard, port)?;
        Ok(Self { running: Some(running), port, cluster })
    }

    pub(crate) fn url(&self) -> String {
        let password = self.cluster.home.password();
        format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn origin(&self) -> Origin {
        self.cluster.binaries.origin()
    }

    pub(crate) fn bin_dir(&self) -> &Path {
        &self.cluster.binaries.dir
    }

    pub(crate) fn dir(&self) -> &Path {
        self.cluster.home.dir()
    }

    pub(crate) fn stop_immediately(&mut self) -> Result<(), Error> {
        self.stop(Watchdog::immediate)
    }

    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.stop(Watchdog::fast)?;
        let previous = match self.running.take() {
            Some(running) => running.watchdog,
            // An earlier restart failed.
            None => self.cluster.home.guard()?,
        };
        match self.cluster.launch(self.port, previous) {
            Launched::Ready(running) => {
                self.running = Some(running);
                Ok(())
            }
            Launched::PortTaken(_) => Err(Error::Io {
                what: format!("restart the private server on port {}", self.port),
                source: io::ErrorKind::AddrInUse.into(),
            }),
            Launched::Failed(error) => Err(error),
        }
    }

    /// Leaves the server to whoever holds its watchdog's words from here on. Nothing of it ends with this process.
    pub(super) fn keep_for(self, hold: impl FnOnce(&Watchdog) -> io::Result<()>) -> io::Result<()> {
        let running = self.running.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        hold(&running.watchdog)?;
        // Its end would be that of the server and of the directory. What it writes is still read while we are here.
        Box::leak(Box::new(self));
        Ok(())
    }

    /// Ends the server and leaves its watchdog, who keeps the directory.
    fn stop(&mut self, how: fn(&mut Watchdog) -> io::Result<()>) -> Result<(), Error> {
        let Some(Running { watchdog, log }) = &mut self.running else {
            return Ok(());
        };
        how(watchdog).map_err(|source| Error::Io { what: "stop the private server".to_owned(), source })?;
        if log.wait(STOPS_WITHIN, |state| state.ended) {
            Ok(())
        } else {
            Err(Error::Stop { output: log.tail() })
        }
    }
}

fn launch(
    cluster: &Cluster,
    mut guard: Watchdog,
    mut next_port: impl FnMut() -> io::Result<u16>,
) -> Result<(Running, u16), Error> {
    let no_port = |source| Error::Io { what: "find a free port on 127.0.0.1".to_owned(), source };
    for _ in 0..PORTS_TRIED {
        let port = next_port().map_err(no_port)?;
        match cluster.launch(port, guard) {
            Launched::Ready(running) => return Ok((running, port)),
            Launched::PortTaken(watchdog) => guard = watchdog,
            Launched::Failed(error) => return Err(error),
        }
    }
    Err(no_port(io::ErrorKind::AddrInUse.into()))
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::{Private, free_port};
    use crate::Options;

    #[test]
    fn tries_another_port_when_one_is_taken() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let taken = taken.local_addr().map(|address| (taken, address.port())).expect("an address");
        let mut calls = 0;
        let server = Private::start_on(Options::new(), || {
            calls += 1;
            if calls == 1 { Ok(taken.1) } else { free_port() }
        });
        let server = server.expect("a server");
        assert_eq!(calls, 2);
        assert_ne!(server.port, taken.1);
        TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).expect("a connection");
        let dir = server.dir().to_owned();
        drop(server);
        assert!(!dir.exists());
    }

    #[test]
    fn gives_up_when_every_port_is_taken() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let error = Private::start_on(Options::new(), || Ok(port)).expect_err("no port");
        assert!(error.to_string().starts_with("failed to find a free port"), "{error}");
    }
}
