//! The one error of this crate, whose text says what failed, where, and what to do next.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why no server could be obtained, stopped or restarted.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No PostgreSQL that can be started was found.
    NothingFound {
        /// Every place that was looked at, in that order.
        looked: Vec<Looked>,
    },
    /// `initdb` failed.
    Initialise {
        /// The directory of the `initdb` that was run.
        bin_dir: PathBuf,
        /// The last lines that it wrote.
        output: String,
    },
    /// The server did not come to accept connections.
    Start {
        /// The directory of the `postgres` that was run.
        bin_dir: PathBuf,
        /// The last lines that it wrote.
        output: String,
    },
    /// The server did not stop in time.
    Stop {
        /// The last lines that it wrote.
        output: String,
    },
    /// Another process has a server on this directory.
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The process, if it could be read.
        process: Option<u32>,
    },
    /// The data were made by another major version of PostgreSQL.
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The major version that made the data.
        made_by: String,
        /// The versions that could be started here.
        found: Vec<String>,
    },
    /// The directory is not one that this crate made for this user.
    NotOurs {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The server is that of `DATABASE_URL`, or one that others use too, which is not ours to stop or restart.
    NotPrivate,
    /// A private server cannot be started on this platform.
    Unsupported,
    /// The operating system refused something.
    Io {
        /// What was tried.
        what: String,
        /// Its answer.
        source: io::Error,
    },
}

impl Error {
    /// The code of the kind of error that it is, which `migrate explain` takes: `M0951`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingFound { .. } => "M0951",
            Self::Initialise { .. } | Self::Start { .. } | Self::Stop { .. } => "M0952",
            Self::InUse { .. } => "M0953",
            Self::OtherVersion { .. } => "M0954",
            Self::NotOurs { .. } => "M0955",
            Self::NotPrivate => "M0956",
            Self::Unsupported => "M0957",
            Self::Io { .. } => "M0958",
        }
    }
}

/// A place where a PostgreSQL was looked for, and why it did not do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Looked {
    /// The place.
    pub place: String,
    /// Why it did not do.
    pub why: String,
}

impl Looked {
    #[cfg(unix)]
    pub(crate) fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: place.into(), why: why.into() }
    }
}

const WHAT_TO_DO: &str = "set DATABASE_URL to a server that you have, or install PostgreSQL, for example:\n  \
     Debian, Ubuntu: apt-get install postgresql\n  \
     Fedora: dnf install postgresql-server\n  \
     macOS: brew install postgresql";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingFound { looked } => {
                writeln!(f, "found no PostgreSQL to start a private server from; looked at:")?;
                for Looked { place, why } in looked {
                    writeln!(f, "  {place}: {why}")?;
                }
                f.write_str(WHAT_TO_DO)
            }
            Self::Initialise { bin_dir, output } => write!(
                f,
                "`{}` failed to make a new database cluster:\n{output}",
                bin_dir.join("initdb").display()
            ),
            Self::Start { bin_dir, output } => write!(
                f,
                "`{}` did not come to accept connections; its last lines:\n{output}",
                bin_dir.join("postgres").display()
            ),
            Self::Stop { output } => {
                write!(f, "the private server did not stop in time; its last lines:\n{output}")
            }
            Self::InUse { dir, process } => {
                write!(f, "the server of {} is in use by ", dir.display())?;
                match process {
                    Some(process) => write!(f, "process {process}")?,
                    None => f.write_str("another process")?,
                }
                f.write_str("; end that one first, or use another directory")
            }
            Self::OtherVersion { dir, made_by, found } => write!(
                f,
                "the data in {} were made by PostgreSQL {made_by}, and the PostgreSQL here is {}; \
                 install PostgreSQL {made_by}, or delete the directory to start afresh",
                dir.display(),
                found.join(", ")
            ),
            Self::NotOurs { dir, why } => write!(
                f,
                "{} cannot keep the data of a private server: {why}; \
                 name a directory that is empty or does not exist yet, \
                 or delete this one if nothing in it matters",
                dir.display()
            ),
            Self::NotPrivate => f.write_str(
                "the server is the one of DATABASE_URL, or of the whole run of the tests, which is not ours to stop or \
                 restart; `Server::start` gives a private one",
            ),
            Self::Unsupported => f.write_str(
                "a private PostgreSQL server is not supported on this platform; \
                 set DATABASE_URL to a server that you have",
            ),
            Self::Io { what, source } => write!(f, "failed to {what}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
