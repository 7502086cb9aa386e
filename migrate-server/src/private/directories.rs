//! Which directory a server lives in, and that it is ours alone: a new one for a temporary
//! server, a locked one for data that stay. It must not touch a directory that somebody else made.

use std::env;
use std::fs::{self, DirBuilder, File, Metadata, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::files;
use crate::Error;

/// A directory that only we and the server's account enter.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) dir: PathBuf,
    /// The directory itself, whatever is at its path later.
    pub(crate) handle: File,
    /// `None` for a temporary one.
    pub(crate) locks: Option<Locks>,
}

/// Both are held while a server runs. Ours goes when we go; the watchdog's goes when the server is
/// gone, so that the next run waits for that and does not take it for another user's server.
#[derive(Debug)]
pub(crate) struct Locks {
    _owner: File,
    pub(crate) server: File,
}

const OWNER_LOCK: &str = "owner.lock";
const SERVER_LOCK: &str = "server.lock";

impl Directory {
    /// A new directory in the first directory for temporary files that the account can use.
    pub(crate) fn temporary(account: Account) -> Result<Self, Error> {
        let roots = [env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let root = roots.iter().find(|root| root.is_absolute() && account.writes(root));
        let root = root.unwrap_or(&roots[0]);
        let make = || {
            let dir = root.join(format!("migrate-server-{}", files::random_hex()?));
            make_directory(&dir)?;
            let handle = files::open_directory(&dir)?;
            Ok(Self { dir, handle, locks: None })
        };
        make().map_err(|source| Error::Io { what: format!("make a directory in {}", root.display()), source })
    }

    /// The directory `wanted`, or a stand-in for it that the account reaches.
    pub(crate) fn persistent(wanted: &Path, account: Account) -> Result<Self, Error> {
        let failed =
            |source| Error::Io { what: format!("prepare the directory {}", wanted.display()), source };
        let dir = reachable(wanted, account).map_err(failed)?;
        match make_directory(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        let not_ours = |why| Error::NotOurs { dir: dir.clone(), why };
        let handle = files::open_directory(&dir).map_err(|error| {
            not_ours(match error.kind() {
                io::ErrorKind::PermissionDenied => "it belongs to another user".to_owned(),
                _ => "it is not a directory, or is a symbolic link".to_owned(),
            })
        })?;
        check(&dir, &handle, account).map_err(failed)?.map_or(Ok(()), |why| Err(not_ours(why)))?;
        let locks = Some(lock(&dir, &handle, account)?);
        let place = Self { dir, handle, locks };
        place.take_back(account).map_err(failed)?;
        Ok(place)
    }

    /// Makes us the owner where the account is somebody else: while we write in it as root, nobody
    /// else may move things about in it.
    pub(crate) fn take_back(&self, account: Account) -> io::Result<()> {
        if !account.is_other() {
            return Ok(());
        }
        fchown(&self.handle, Some(rustix::process::geteuid().as_raw()), None)?;
        let there = fs::symlink_metadata(&self.dir)?;
        if files::same(&there, &self.handle.metadata()?) {
            Ok(())
        } else {
            Err(io::Error::other("it was replaced while it was in use"))
        }
    }
}

fn make_directory(dir: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(dir)
}

/// `wanted` as an absolute path, unless the account does not get there: then a directory under
/// `/var/tmp` that is always the same for `wanted`.
fn reachable(wanted: &Path, account: Account) -> io::Result<PathBuf> {
    let wanted = std::path::absolute(wanted)?;
    let (Some(parent), Some(name)) = (wanted.parent(), wanted.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    fs::create_dir_all(parent)?;
    let parent = fs::canonicalize(parent)?;
    let dir = parent.join(name);
    if account.reaches(&parent) {
        return Ok(dir);
    }
    let key = fnv_1a(dir.as_os_str().as_encoded_bytes());
    Ok(Path::new("/var/tmp").join(format!("migrate-server-{key:016x}")))
}

/// A hash that is the same in every build of this program.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What is wrong with a directory that was there, if anything.
fn check(dir: &Path, handle: &File, account: Account) -> io::Result<Option<String>> {
    let metadata: Metadata = handle.metadata()?;
    let us = rustix::process::geteuid().as_raw();
    if metadata.uid() != us && !account.owns(&metadata) {
        return Ok(Some(format!("it belongs to the user with the id {}", metadata.uid())));
    }
    let mut is_empty = true;
    let mut is_marked = false;
    for entry in fs::read_dir(dir)? {
        is_empty = false;
        is_marked |= entry?.file_name() == OWNER_LOCK;
    }
    if is_empty {
        handle.set_permissions(Permissions::from_mode(0o700))?;
    } else if !is_marked {
        return Ok(Some("there are other files in it".to_owned()));
    } else if metadata.mode() & 0o077 != 0 {
        let mode = metadata.mode() & 0o777;
        return Ok(Some(format!("other users may enter it (mode {mode:03o} instead of 700)")));
    }
    Ok(None)
}

fn lock(dir: &Path, handle: &File, account: Account) -> Result<Locks, Error> {
    let failed = |source| Error::Io { what: format!("lock the directory {}", dir.display()), source };
    let mut owner = files::open_or_create(handle, OWNER_LOCK, account).map_err(failed)?;
    match owner.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let process = files::read(handle, OWNER_LOCK).map_err(failed)?;
            return Err(Error::InUse {
                dir: dir.to_owned(),
                process: process.and_then(|text| text.trim().parse().ok()),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    owner.set_len(0).map_err(failed)?;
    owner.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    let server = files::open_or_create(handle, SERVER_LOCK, account).map_err(failed)?;
    // Free as soon as the server of a run that has just ended is gone.
    server.lock().map_err(failed)?;
    Ok(Locks { _owner: owner, server })
}
