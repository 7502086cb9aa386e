//! The one error of the runtime: opaque, with predicates, and with the report of what was applied before it.

use std::fmt;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::connect::ConnectError;
use crate::contradiction::{Contradiction, ContradictionKind};
use crate::failure::{Failure, Place};
use crate::plan::count;
use crate::remedy;
use crate::report::{Applied, Report};

/// Why a verb of the runtime did not succeed.
///
/// [`Display`](fmt::Display) is one line: what, where, and what to do. The alternate form `{error:#}` adds the line of
/// the file with a caret, what the server said in full, and what was applied before; [`Debug`](fmt::Debug) is the same,
/// so that a `main` that returns this error prints all of it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    folder: String,
    report: Report,
}

#[derive(Debug)]
pub(crate) enum ErrorKind {
    Connect(ConnectError),
    /// Something other than a migration went wrong on the server, or on the way to it.
    Database {
        doing: String,
        error: tokio_postgres::Error,
    },
    /// The caller's connection is in a transaction block.
    OpenTransaction,
    /// `standard_conforming_strings` is off.
    NonstandardStrings,
    /// A table with the name of the history table has other columns.
    ForeignTable {
        table: String,
    },
    /// The history table has a row that this crate never writes.
    ForeignRow {
        table: String,
    },
    UnknownTarget {
        target: i64,
        newest: Option<String>,
    },
    /// Never empty.
    Contradictions(Vec<Contradiction>),
    Migration {
        failure: Failure,
        attempts: u32,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, folder: &str, report: Report) -> Self {
        let error = Self(Box::new(Inner { kind, folder: folder.to_owned(), report }));
        tracing::error!(%error, "migrating failed");
        error
    }

    /// What was applied before the error. It stays applied.
    pub fn report(&self) -> &Report {
        &self.0.report
    }

    /// The version of the migration that failed, or of the first that contradicts the history.
    pub fn version(&self) -> Option<i64> {
        match &self.0.kind {
            ErrorKind::Migration { failure, .. } => Some(failure.version),
            ErrorKind::Contradictions(list) => list.first().map(|contradiction| contradiction.version),
            _ => None,
        }
    }

    /// What the server called the error: five characters, listed in the manual's appendix A.
    pub fn sqlstate(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Connect(error) => error.sqlstate(),
            ErrorKind::Database { error, .. }
            | ErrorKind::Migration { failure: Failure { error, .. }, .. } => error.code().map(SqlState::code),
            _ => None,
        }
    }

    /// The file that is to blame, with its folder, as the messages name it.
    pub fn file(&self) -> Option<String> {
        match &self.0.kind {
            ErrorKind::Migration { failure, .. } => Some(self.path(failure)),
            _ => None,
        }
    }

    /// Where in [`file`](Self::file) the error is: line and column, from 1, the column in characters.
    pub fn position(&self) -> Option<(u32, u32)> {
        match &self.0.kind {
            ErrorKind::Migration { failure: Failure { place: Place::Script(excerpt), .. }, .. } => {
                let position = excerpt.position();
                Some((position.line, position.column))
            }
            _ => None,
        }
    }

    /// No connection could be made.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Connect(_))
    }

    /// A migration failed. Nothing of it was applied if it runs in a transaction.
    pub fn is_migration(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Migration { .. })
    }

    /// A lock did not come free: within the lock timeout, however often it was tried, or at once where a script says
    /// `NOWAIT`.
    pub fn is_lock_timeout(&self) -> bool {
        self.sqlstate() == Some(SqlState::LOCK_NOT_AVAILABLE.code())
    }

    /// A file was edited or renamed after it was applied.
    pub fn is_changed(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::Changed { .. } | ContradictionKind::Renamed { .. }))
    }

    /// The history has a row for which the set has no file.
    pub fn is_missing(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::Missing))
    }

    /// A pending migration comes before one that is applied.
    pub fn is_out_of_order(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::OutOfOrder { .. }))
    }

    fn has(&self, predicate: impl Fn(&ContradictionKind) -> bool) -> bool {
        match &self.0.kind {
            ErrorKind::Contradictions(list) => {
                list.iter().any(|contradiction| predicate(&contradiction.kind))
            }
            _ => false,
        }
    }

    fn path(&self, failure: &Failure) -> String {
        format!("{}/{}", self.0.folder, failure.file)
    }

    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Connect(error) => write!(f, "{error}"),
            ErrorKind::Database { doing, error } => {
                write!(f, "{doing} failed: {}, {}", cause(error), remedy::of_database(error))
            }
            ErrorKind::OpenTransaction => f.write_str(
                "a transaction is open on this connection: commit it or roll it back first, because each migration \
                 needs one of its own",
            ),
            ErrorKind::NonstandardStrings => f.write_str(
                "standard_conforming_strings is off on this connection, and the migrations were checked with it on: \
                 remove the setting from the database, the role or the connection string",
            ),
            ErrorKind::ForeignTable { table } => write!(
                f,
                "the table {table} exists and is not a history table of this crate: choose another name with \
                 Runner::history_table"
            ),
            ErrorKind::ForeignRow { table } => write!(
                f,
                "the history table {table} has a row that was not written by this crate: look for an edit by hand"
            ),
            ErrorKind::UnknownTarget { target, newest } => {
                write!(f, "the target {target} is not a version in {}", self.0.folder)?;
                match newest {
                    Some(newest) => write!(f, ", whose newest migration is {newest}"),
                    None => f.write_str(", which has no migration"),
                }
            }
            ErrorKind::Contradictions(list) => {
                let (first, more) = (&list[0], list.len() - 1);
                write!(f, "{first}")?;
                if more > 0 {
                    write!(f, " ({} more)", count(more, "contradiction"))?;
                }
                Ok(())
            }
            ErrorKind::Migration { failure, attempts } => self.migration(failure, *attempts, f),
        }
    }

    fn migration(&self, failure: &Failure, attempts: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path(failure))?;
        match &failure.place {
            Place::Script(excerpt) => write!(f, ":{}: ", excerpt.position())?,
            Place::Prologue => f.write_str(": before its first statement: ")?,
            Place::History => f.write_str(": writing its history row: ")?,
            Place::Commit => f.write_str(": at COMMIT: ")?,
            Place::Lost => f.write_str(" was sent: ")?,
        }
        f.write_str(&cause(&failure.error))?;
        if attempts > 1 {
            write!(f, ", at each of {attempts} attempts")?;
        }
        write!(f, "; {}", remedy::of_migration(failure))
    }

    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ErrorKind::Contradictions(list) = &self.0.kind {
            for contradiction in &list[1..] {
                write!(f, "\n{contradiction}")?;
            }
        }
        let ErrorKind::Migration { failure, .. } = &self.0.kind else {
            return Ok(());
        };
        if let Place::Script(excerpt) = &failure.place {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(error) = failure.error.as_db_error() {
            server_details(error, f)?;
        }
        match failure.statements_done {
            _ if failure.error.as_db_error().is_none() => write!(
                f,
                "\nwhether {} was applied is not known: the server may still be at work on it; the next run finds out",
                failure.stem
            )?,
            None => write!(f, "\nnothing of {} was applied", failure.stem)?,
            Some(done) => {
                let done = count(done, "statement");
                write!(f, "\n{done} of {} done, which stay; the next run goes on after them", failure.stem)?;
            }
        }
        let before: Vec<&str> = self.0.report.applied().iter().map(Applied::stem).collect();
        if !before.is_empty() {
            write!(f, "\napplied before it: {}", before.join(", "))?;
        }
        Ok(())
    }
}

/// What the server says besides its message.
fn server_details(error: &DbError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let fields = [("detail", error.detail()), ("hint", error.hint()), ("context", error.where_())];
    for (name, value) in fields {
        if let Some(value) = value {
            let value: String = value.chars().take(LONGEST).collect();
            write!(f, "\n{name}: {}", value.replace('\n', "\n  "))?;
        }
    }
    if let Some(ErrorPosition::Internal { query, .. }) = error.position() {
        write!(f, "\nquery: {}", query.trim().replace('\n', "\n  "))?;
    }
    Ok(())
}

/// Some functions raise whole documents; a log and a history table want their beginning.
const LONGEST: usize = 1000;

/// The server's message with its SQLSTATE, or what happened on the way to the server.
pub(crate) fn cause(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        let message: String = error.message().chars().take(LONGEST).collect();
        return format!("{} ({})", message.replace('\n', " "), error.code().code());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f)?;
        if f.alternate() { self.details(f) } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Connect(error) => std::error::Error::source(error),
            ErrorKind::Database { error, .. }
            | ErrorKind::Migration { failure: Failure { error, .. }, .. } => Some(error),
            _ => None,
        }
    }
}
