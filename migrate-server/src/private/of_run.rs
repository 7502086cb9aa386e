//! One server for all the processes of one run of the tests: whoever needs it first starts it, and it ends with the run. It
//! knows a run by the process that has started us: cargo, or nextest.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use super::files;
use super::server::Private;
use super::watchdog::Watchdog;
use crate::{Error, Options, Origin};

/// What starts the processes of a run; cargo has rustdoc start those of the documentation.
const STARTERS: [&str; 4] = ["cargo", "cargo-nextest", "nextest", "rustdoc"];

const KEEPER: &str = include_str!("keeper.sh");

/// A server that others of the run may have started.
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) origin: Origin,
}

/// The process whose end is the end of the run.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    pid: i32,
    /// So that another process with its number is another run.
    started: String,
}

impl Shared {
    /// That of the run that this process is of; `None`: it is of no run, or the directory by which its processes would find
    /// each other cannot be had.
    pub(crate) fn of_run() -> Result<Option<Self>, Error> {
        let Some(run) = Run::here() else { return Ok(None) };
        let dir = run.dir();
        own_directory(&dir).ok().map(|handle| Self::of(&run, &dir, &handle)).transpose()
    }

    fn of(run: &Run, dir: &Path, handle: &File) -> Result<Self, Error> {
        let failed = |source| Error::Io { what: format!("share a server by {}", dir.display()), source };
        let us = Account::ours();
        let lock = files::open_or_create(handle, "lock", us).map_err(failed)?;
        // Whoever starts the server is waited for.
        lock.lock().map_err(failed)?;
        let told = files::read(handle, "server").map_err(failed)?;
        if let Some(shared) = told.as_deref().and_then(Self::parse).filter(Self::is_there) {
            return Ok(shared);
        }
        let private = Private::start(Options::new())?;
        let shared = Self { url: private.url(), origin: private.origin() };
        private.keep_for(|watchdog| keep(run, dir, watchdog)).map_err(failed)?;
        files::write(handle, "server", &shared.text(), us).map_err(failed)?;
        Ok(shared)
    }

    fn text(&self) -> String {
        let (dir, version) = match &self.origin {
            Origin::Installed { bin_dir, version } => (bin_dir.to_string_lossy().into_owned(), version),
            Origin::Bundled { version } => (String::new(), version),
            Origin::Given => return String::new(),
        };
        format!("{}\n{dir}\n{version}\n", self.url)
    }

    /// Half a text, of a process that was killed, names no server.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (url, dir, version) = (lines.next()?, lines.next()?, lines.next()?.to_owned());
        let origin = match dir {
            "" => Origin::Bundled { version },
            dir => Origin::Installed { bin_dir: PathBuf::from(dir), version },
        };
        Some(Self { url: url.to_owned(), origin })
    }

    /// Whether it has not been ended by a signal, say.
    fn is_there(&self) -> bool {
        let port = self.url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()?.parse().ok());
        port.is_some_and(|port: u16| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
    }
}

impl Run {
    fn here() -> Option<Self> {
        let parent = rustix::process::getppid()?.as_raw_nonzero().get();
        let (name, started) = look_at(parent)?;
        STARTERS.contains(&&*name).then_some(Self { pid: parent, started })
    }

    /// The keeper is somewhere else, where a relative `TMPDIR` would name another directory.
    fn dir(&self) -> PathBuf {
        let user = rustix::process::geteuid().as_raw();
        let temporary = std::path::absolute(env::temp_dir()).unwrap_or_else(|_| PathBuf::from("/tmp"));
        temporary.join(format!("migrate-server-run-{user}-{}-{}", self.pid, self.started))
    }
}

/// What a process is called, and when it was started, in whatever unit.
fn look_at(process: i32) -> Option<(String, String)> {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) {
        return parse_stat(&stat);
    }
    let output =
        Command::new("ps").args(["-o", "lstart=,comm=", "-p", &process.to_string()]).output().ok()?;
    parse_ps(&String::from_utf8(output.stdout).ok()?)
}

/// Linux: see proc(5). The name may have spaces and parentheses.
fn parse_stat(stat: &str) -> Option<(String, String)> {
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    // The state is the third field, the start the twenty-second.
    Some((name.to_owned(), rest.split_whitespace().nth(19)?.to_owned()))
}

/// Elsewhere: a date of five words, and a path.
fn parse_ps(line: &str) -> Option<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (date, path) = words.split_at_checked(5)?;
    let name = path.join(" ").rsplit('/').next()?.to_owned();
    let date = date.concat().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    (!name.is_empty()).then_some((name, date))
}

/// A directory that no other user can have made, or can look into.
fn own_directory(dir: &Path) -> io::Result<File> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let handle = files::open_directory(dir)?;
    let metadata = handle.metadata()?;
    let is_closed = metadata.mode() & 0o777 == 0o700;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw() && is_closed;
    if is_ours {
        Ok(handle)
    } else {
        Err(io::Error::other("it belongs to somebody else, or is open to others"))
    }
}

/// Has a process of its own hold the watchdog's words until the run is over.
fn keep(run: &Run, dir: &Path, watchdog: &Watchdog) -> io::Result<()> {
    let mut shell = Account::ours().command("/bin/sh");
    shell.args(["-c", KEEPER, "migrate-server", &run.pid.to_string(), &run.started]).arg(dir);
    shell.stdout(watchdog.words()?).stderr(Stdio::null()).process_group(0);
    shell.spawn().map(drop)
}

#[cfg(test)]
mod tests {
    use super::{Run, Shared, look_at, parse_ps, parse_stat};
    use crate::Origin;

    #[test]
    fn reads_what_the_system_says_of_a_process() {
        let stat = "12 (a (b) c) S 1 12 12 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 1 0 4711 0 0";
        assert_eq!(parse_stat(stat), Some(("a (b) c".to_owned(), "4711".to_owned())));
        assert_eq!(parse_stat("12 (a) S 1"), None);
        let line = "Sat Nov 28 18:27:10 2026     /usr/local/bin/cargo-nextest\n";
        assert_eq!(parse_ps(line), Some(("cargo-nextest".to_owned(), "SatNov281827102026".to_owned())));
        assert_eq!(parse_ps("Sat Nov 28\n"), None);
        let here = i32::try_from(std::process::id()).expect("a number");
        let (_, started) = look_at(here).expect("this process");
        let run = Run { pid: here, started };
        assert_eq!(run.dir(), run.dir());
    }

    #[test]
    fn what_is_told_of_a_server_is_understood() {
        let version = || "15.18".to_owned();
        for origin in [
            Origin::Installed { bin_dir: "/usr/lib/postgresql/15/bin".into(), version: version() },
            Origin::Bundled { version: version() },
        ] {
            let url = "postgres://postgres:secret@127.0.0.1:5433/postgres".to_owned();
            let shared = Shared { url, origin };
            let read = Shared::parse(&shared.text()).expect("a server");
            assert_eq!((read.url, read.origin), (shared.url, shared.origin));
        }
        assert!(Shared::parse("").is_none() && Shared::parse("postgres://h/d\n/usr").is_none());
    }
}
