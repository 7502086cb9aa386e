//! The process that ends a command when we are gone. It owns the pipe whose end says so, and must
//! not outlive the command. What it does is in `watchdog.sh`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};

use super::account::Account;

const SCRIPT: &str = include_str!("watchdog.sh");

/// Holds a command; dropping it ends the command and waits until it is gone.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
    words: Option<ChildStdin>,
}

/// What the watchdog does besides holding a command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Duties<'a> {
    /// A directory to remove at the end.
    pub(crate) remove: Option<&'a Path>,
    /// A locked file to keep open, and so locked, until the end.
    pub(crate) hold: Option<&'a File>,
}

impl Watchdog {
    /// A watchdog whose command waits for [`go`](Self::go), and what the command will write.
    pub(crate) fn spawn<A: AsRef<OsStr>>(
        account: Account,
        duties: Duties<'_>,
        command: impl IntoIterator<Item = A>,
    ) -> io::Result<(Self, ChildStderr)> {
        let mut shell: Command = account.command("/bin/sh");
        shell
            .args(["-c", SCRIPT, "migrate-server"])
            .arg(duties.remove.unwrap_or(Path::new("")))
            .args(command)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(match duties.hold {
                Some(lock) => Stdio::from(lock.try_clone()?),
                None => Stdio::null(),
            })
            // A Ctrl-C in our terminal must not reach it.
            .process_group(0);
        let mut child = shell.spawn()?;
        let words = child.stdin.take();
        let output = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((Self { child, words }, output))
    }

    /// The other end of what the watchdog listens to: while it is open anywhere, the owner is there.
    pub(crate) fn words(&self) -> io::Result<OwnedFd> {
        let words = self.words.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        words.as_fd().try_clone_to_owned()
    }

    /// Starts the command.
    pub(crate) fn go(&mut self) -> io::Result<()> {
        self.say("go")
    }

    /// Ends a server in good order.
    pub(crate) fn fast(&mut self) -> io::Result<()> {
        self.say("fast")
    }

    /// Ends a server as a crash does.
    pub(crate) fn immediate(&mut self) -> io::Result<()> {
        self.say("immediate")
    }

    /// Sends the watchdog away, for another one has its duties now, and returns the status of its
    /// command, which must have ended (or never been started).
    pub(crate) fn leave(mut self) -> io::Result<ExitStatus> {
        self.say("leave")?;
        self.child.wait()
    }

    fn say(&mut self, word: &str) -> io::Result<()> {
        let words = self.words.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        words.write_all(format!("{word}\n").as_bytes())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.words.take());
        // There is nobody to tell, and a watchdog that we cannot wait for still does its duty.
        let _ = self.child.wait();
    }
}
