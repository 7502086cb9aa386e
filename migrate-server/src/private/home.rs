//! The directory of one server and what is in it besides the server's data: password, log, TLS
//! files. A temporary one goes with this value.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ChildStderr;

use super::account::Account;
use super::directories::Directory;
use super::files;
use super::stale;
use super::watchdog::{Duties, Watchdog};
use crate::{Error, Options};

/// The directory, ready to be handed over to the server's account.
#[derive(Debug)]
pub(crate) struct Home {
    place: Directory,
    account: Account,
    password: Password,
    log: File,
    made_by: Option<String>,
}

/// Not for eyes.
pub(crate) struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

const DATA: &str = "data";
const NEW_DATA: &str = "data.new";
const PASSWORD: &str = "password";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

impl Home {
    pub(crate) fn prepare(options: &Options, account: Account) -> Result<Self, Error> {
        let place = match &options.data {
            Some(dir) => Directory::persistent(dir, account)?,
            None => Directory::temporary(account)?,
        };
        let dir = place.dir.clone();
        let is_temporary = place.locks.is_none();
        Self::fill(place, options, account).inspect_err(|_| {
            if is_temporary {
                // The error at hand says more than a second one would.
                let _ = fs::remove_dir_all(&dir);
            }
        })
    }

    fn fill(place: Directory, options: &Options, account: Account) -> Result<Self, Error> {
        let failed =
            |source| Error::Io { what: format!("prepare the directory {}", place.dir.display()), source };
        let not_ours = |why: &str| Error::NotOurs { dir: place.dir.clone(), why: why.to_owned() };
        // What is left of an `initdb` that was killed.
        remove(&place.dir.join(NEW_DATA)).map_err(failed)?;
        if options.fresh {
            remove(&place.dir.join(DATA)).map_err(failed)?;
        }
        let has_data = fs::symlink_metadata(place.dir.join(DATA)).is_ok();
        stale::remove(&place.dir.join(DATA)).map_err(failed)?;
        let made_by = if has_data { read_version(&place.dir) } else { None };
        if has_data && made_by.is_none() {
            return Err(not_ours("its `data` were made by no PostgreSQL"));
        }
        let password = match files::read(&place.handle, PASSWORD).map_err(failed)? {
            Some(text) if is_password(&text) => text,
            _ if has_data => return Err(not_ours("it lacks the `password` of its data")),
            _ => {
                let new = files::random_hex().map_err(failed)?;
                files::write(&place.handle, PASSWORD, &new, account).map_err(failed)?;
                new
            }
        };
        if let Some(tls) = &options.tls {
            files::write(&place.handle, CERTIFICATE, &tls.certificate, account).map_err(failed)?;
            files::write(&place.handle, KEY, &tls.key, account).map_err(failed)?;
        }
        let log = files::open_or_create(&place.handle, "server.log", account).map_err(failed)?;
        // One run's log is enough to keep.
        log.set_len(0).map_err(failed)?;
        Ok(Self { place, account, password: Password(password), log, made_by })
    }

    /// Makes us the owner again, to write in it.
    pub(crate) fn take_back(&self) -> io::Result<()> {
        self.place.take_back(self.account)
    }

    /// Makes the account the owner. From here on we write nothing in it but to open files.
    pub(crate) fn hand_over(&self) -> Result<(), Error> {
        self.account.take_file(&self.place.handle).map_err(|source| Error::Io {
            what: format!("hand {} over to `nobody`", self.place.dir.display()),
            source,
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.place.dir
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.place.locks.is_none()
    }

    /// The major version that made the data, if there are any.
    pub(crate) fn made_by(&self) -> Option<String> {
        self.made_by.clone()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.place.dir.join(DATA)
    }

    /// Where data are made, to become [`data`](Self::data) when they are complete.
    pub(crate) fn new_data(&self) -> PathBuf {
        self.place.dir.join(NEW_DATA)
    }

    pub(crate) fn adopt_new_data(&self) -> io::Result<()> {
        fs::rename(self.new_data(), self.data())
    }

    pub(crate) fn password(&self) -> &str {
        &self.password.0
    }

    pub(crate) fn password_file(&self) -> PathBuf {
        self.place.dir.join(PASSWORD)
    }

    pub(crate) fn certificate_and_key(&self) -> (PathBuf, PathBuf) {
        (self.place.dir.join(CERTIFICATE), self.place.dir.join(KEY))
    }

    /// A copy of the log costs a server nothing, and its absence neither.
    pub(crate) fn log(&self) -> Option<File> {
        self.log.try_clone().ok()
    }

    /// A watchdog for the directory, where there is no server. Its duties always pass from one
    /// watchdog to the next in such a way that at least one has them.
    pub(crate) fn guard(&self) -> Result<Watchdog, Error> {
        let (guard, _) = self.watch(Vec::new())?;
        Ok(guard)
    }

    /// A watchdog for the directory and a command, with what the command will write.
    pub(crate) fn watch(&self, command: Vec<OsString>) -> Result<(Watchdog, ChildStderr), Error> {
        let duties = Duties {
            remove: self.is_temporary().then_some(&self.place.dir),
            hold: self.place.locks.as_ref().map(|locks| &locks.server),
        };
        Watchdog::spawn(self.account, duties, command).map_err(|source| Error::Io {
            what: "start the process that watches over the private server".to_owned(),
            source,
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.is_temporary() {
            // Usually the watchdog has done it; where none was started yet, nobody else does.
            let _ = fs::remove_dir_all(&self.place.dir);
        }
    }
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn read_version(dir: &Path) -> Option<String> {
    let data = files::open_directory(&dir.join(DATA)).ok()?;
    let text = files::read(&data, "PG_VERSION").ok()??;
    let version = text.trim();
    let is_version = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    (!version.is_empty() && is_version(version)).then(|| version.to_owned())
}

/// It goes into a URL as it is, so it must be one that we made.
fn is_password(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
