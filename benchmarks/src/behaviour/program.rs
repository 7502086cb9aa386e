//! What is deployed: a program that migrates the database of `DATABASE_URL`, and each start of it.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use benchmarks::tools::Result;
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

/// A program with its migrations: a binary that embeds them, or a script and its folder.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
}

/// What came of building one.
#[derive(Clone)]
pub(crate) enum Built {
    Runs(Image),
    /// It does not compile; what the compiler says.
    Refused(String),
}

impl Image {
    /// Starts the program, and does not wait.
    pub(crate) fn start(&self, url: &str, option: Option<&str>) -> Result<Running> {
        let log = NamedTempFile::new()?;
        // Both streams write on at one place.
        let output = log.reopen()?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .env("DATABASE_URL", url)
            .env("OPTION", option.unwrap_or_default())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Running { child, log, since: Instant::now() })
    }

    /// Starts the program and waits for its end, but not for ever.
    pub(crate) async fn run(&self, url: &str, option: Option<&str>, limit: Duration) -> Result<Run> {
        self.start(url, option)?.end(limit).await
    }
}

/// A process, which is killed with this value.
pub(crate) struct Running {
    child: Child,
    log: NamedTempFile,
    since: Instant,
}

impl Running {
    /// Waits for the end; who is not done by then is killed.
    pub(crate) async fn end(mut self, limit: Duration) -> Result<Run> {
        let end = match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => {
                if status?.success() {
                    End::Done
                } else {
                    End::Failed
                }
            }
            Err(_) => {
                self.child.kill().await?;
                End::Waiting
            }
        };
        let took = self.since.elapsed();
        Ok(Run { end, text: fs::read_to_string(self.log.path())?.trim().to_owned(), took })
    }

    /// SIGKILL, as from the kernel that is short of memory.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed,
    Waiting,
}

/// One start, from its beginning to its end.
pub(crate) struct Run {
    pub(crate) end: End,
    /// What it printed.
    pub(crate) text: String,
    pub(crate) took: Duration,
}
