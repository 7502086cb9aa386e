//! A database cluster: how it is made and how its server is started. It holds no running server.

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::Duration;

use super::binaries::Binaries;
use super::home::Home;
use super::log::Log;
use super::watchdog::Watchdog;
use crate::Error;

/// Long enough for a slow machine and for the recovery after a crash.
const AT_MOST: Duration = Duration::from_mins(2);

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) home: Home,
    pub(crate) binaries: Binaries,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) tls: bool,
}

/// A server that accepts connections.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) watchdog: Watchdog,
    pub(crate) log: Log,
}

/// What came of starting a server; a watchdog is what keeps the directory from here on.
pub(crate) enum Launched {
    Ready(Running),
    PortTaken(Watchdog),
    Failed(Error),
}

impl Cluster {
    /// Makes the data, unless there are some.
    pub(crate) fn initialise(&self, previous: Watchdog) -> Result<Watchdog, Error> {
        if self.home.made_by().is_some() {
            return Ok(previous);
        }
        let (mut watchdog, output) = self.home.watch(self.initdb())?;
        leave(previous)?;
        watchdog.go().map_err(lost)?;
        let log = Log::drain(output, None);
        let ended = log.wait(AT_MOST, |state| state.ended);
        let failed = || Error::Initialise { bin_dir: self.binaries.dir.clone(), output: log.tail() };
        if !ended {
            return Err(failed());
        }
        let next = self.home.guard()?;
        if !watchdog.leave().map_err(lost)?.success() {
            return Err(failed());
        }
        self.home.adopt_new_data().map_err(|source| Error::Io {
            what: format!("name the new data in {}", self.home.dir().display()),
            source,
        })?;
        Ok(next)
    }

    /// Starts a server on this port, and waits until it accepts connections or has given up.
    pub(crate) fn launch(&self, port: u16, previous: Watchdog) -> Launched {
        let started = self.home.watch(self.postgres(port)).and_then(|(mut watchdog, output)| {
            leave(previous)?;
            watchdog.go().map_err(lost)?;
            Ok(Running { watchdog, log: Log::drain(output, self.home.log()) })
        });
        let running = match started {
            Ok(running) => running,
            Err(error) => return Launched::Failed(error),
        };
        running.log.wait(AT_MOST, |state| state.ready || state.ended);
        if running.log.is_ready() {
            return Launched::Ready(running);
        }
        let output = running.log.tail();
        if output.contains("could not bind IPv4 address") {
            // The server has given up, so its watchdog may leave.
            return Launched::PortTaken(running.watchdog);
        }
        Launched::Failed(Error::Start { bin_dir: self.binaries.dir.clone(), output })
    }

    fn initdb(&self) -> Vec<OsString> {
        let mut line = self.binaries.command("initdb");
        line.extend(["--pgdata".into(), self.home.new_data().into()]);
        line.extend(["--pwfile".into(), self.home.password_file().into()]);
        let fixed = "--username=postgres --auth=scram-sha-256 --encoding=UTF8 --no-locale";
        line.extend(fixed.split(' ').map(OsString::from));
        if self.home.is_temporary() {
            line.push("--no-sync".into());
        }
        line
    }

    fn postgres(&self, port: u16) -> Vec<OsString> {
        let mut line = self.binaries.command("postgres");
        line.extend(["-D".into(), self.home.data().into()]);
        let mut set = |name: &str, value: &OsStr| {
            let mut setting = OsString::from(name);
            setting.push("=");
            setting.push(value);
            line.extend(["-c".into(), setting]);
        };
        set("max_connections", "200".as_ref());
        set("shared_buffers", "32MB".as_ref());
        if self.home.is_temporary() {
            // Safe against a crash of the server, not of the machine.
            set("fsync", "off".as_ref());
            set("full_page_writes", "off".as_ref());
        }
        if self.tls {
            let (certificate, key) = self.home.certificate_and_key();
            set("ssl", "on".as_ref());
            set("ssl_cert_file", certificate.as_os_str());
            set("ssl_key_file", key.as_os_str());
        }
        for (name, value) in &self.settings {
            set(name, value.as_ref());
        }
        // A later setting wins, and we live on these.
        set("listen_addresses", "127.0.0.1".as_ref());
        set("port", port.to_string().as_ref());
        set("unix_socket_directories", "".as_ref());
        set("logging_collector", "off".as_ref());
        set("log_destination", "stderr".as_ref());
        set("lc_messages", "C".as_ref());
        line
    }
}

fn leave(watchdog: Watchdog) -> Result<(), Error> {
    watchdog.leave().map_err(lost)?;
    Ok(())
}

fn lost(source: io::Error) -> Error {
    Error::Io { what: "speak to the process that watches over the private server".to_owned(), source }
}
