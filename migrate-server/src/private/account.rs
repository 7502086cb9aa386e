//! As whom a server and its files live: as ourselves, or as `nobody` where we are root, which
//! PostgreSQL refuses. It owns nothing but two numbers.

use std::env;
use std::fs::{self, File};
use std::io;
#[cfg(bundled_here)]
use std::os::unix::fs::chown;
use std::os::unix::fs::{MetadataExt, fchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Error;

const NOBODY: &str = "nobody";

/// What a child gets of our environment. The rest may hold secrets, and `nobody` has other
/// processes than ours; `PG…`, `LC_…` and `TZ` would change what the server does.
const KEPT_VARIABLES: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    uid: u32,
    /// Set where we are root: the identity to change to.
    other: Option<(u32, u32)>,
}

impl Account {
    pub(crate) fn for_server() -> Result<Self, Error> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Ok(Self { uid: uid.as_raw(), other: None });
        }
        // PostgreSQL wants an identity that the system knows by name, so not any number does.
        let ids = id("-u").and_then(|uid| Ok((uid, id("-g")?)));
        let (uid, gid) = ids.map_err(|source| Error::Io {
            what: format!("find the user `{NOBODY}`, as whom PostgreSQL runs since it refuses root"),
            source,
        })?;
        Ok(Self { uid, other: Some((uid, gid)) })
    }

    /// Ourselves, root or not.
    pub(crate) fn ours() -> Self {
        Self { uid: rustix::process::geteuid().as_raw(), other: None }
    }

    /// Whether the server runs as somebody else than we do.
    pub(crate) fn is_other(self) -> bool {
        self.other.is_some()
    }

    pub(crate) fn owns(self, metadata: &fs::Metadata) -> bool {
        metadata.uid() == self.uid
    }

    /// A command that runs as this account, with little of our environment.
    pub(crate) fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        for name in KEPT_VARIABLES {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
        // Our own directory may be one that the account cannot read.
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    pub(crate) fn take_file(self, file: &File) -> io::Result<()> {
        self.other.map_or(Ok(()), |(uid, gid)| fchown(file, Some(uid), Some(gid)))
    }

    /// Only for a path that no other user can have replaced.
    #[cfg(bundled_here)]
    pub(crate) fn take_directory(self, path: &Path) -> io::Result<()> {
        self.other.map_or(Ok(()), |(uid, gid)| chown(path, Some(uid), Some(gid)))
    }

    /// Whether the account can get to this directory: a parent may be closed to others.
    pub(crate) fn reaches(self, directory: &Path) -> bool {
        self.succeeds(r#"cd -- "$1""#, directory)
    }

    /// Whether the account could also remove a directory of its own from this one.
    pub(crate) fn writes(self, directory: &Path) -> bool {
        self.succeeds(r#"cd -- "$1" && test -w ."#, directory)
    }

    fn succeeds(self, script: &str, directory: &Path) -> bool {
        if !self.is_other() {
            return true;
        }
        let mut shell = self.command("/bin/sh");
        shell.args(["-c", script, "sh"]).arg(directory);
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        shell.status().is_ok_and(|status| status.success())
    }
}

fn id(which: &str) -> io::Result<u32> {
    let output = Command::new("id").args([which, NOBODY]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let text = text.trim();
    // macOS may write the number of `nobody` as -2.
    let number = text.parse().or_else(|_| text.parse().map(i32::cast_unsigned));
    number.map_err(|_| {
        let answer = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("`id {which} {NOBODY}` says: {}", answer.trim()))
    })
}
