//! The one error of the runtime: opaque, with predicates, and with the report of what was applied before it.

mod coded;
mod text;

use migrate_source::other_tool::{AdoptError, Tool};
use tokio_postgres::error::SqlState;

use crate::adopt::Unskippable;
use crate::adoption::{NotAdopted, Whereabouts};
use crate::blocker::Blocker;
use crate::connect::ConnectError;
use crate::contradiction::{Contradiction, ContradictionKind};
use crate::failure::{Cause, Failure, Place};
use crate::hooks::BoxError;
use crate::plan::Action;
use crate::presence::Presence;
use crate::report::Report;
use crate::revert::Obstacle;

#[cfg(feature = "cli")]
pub(crate) use text::Uncoded;
pub(crate) use text::cause;

/// Why a verb of the runtime did not succeed.
///
/// [`Display`](std::fmt::Display) is one line: what, where, what to do, and at its end the [code](Self::code) in brackets,
/// by which there is more to be read. The alternate form `{error:#}` adds the line
/// of the file with a caret, what the server said in full, and what was applied before; [`Debug`](std::fmt::Debug) is the
/// same, so that a `main` that returns this error prints all of it.
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
        doing: Doing,
        error: tokio_postgres::Error,
    },
    /// A lock on a table of the history did not come free, however often it was tried.
    Locked {
        doing: Doing,
        error: tokio_postgres::Error,
        blockers: Vec<Blocker>,
        attempts: u32,
    },
    /// A guard says no again and again, and nothing changes.
    NoProgress,
    /// The caller's connection is in a transaction block.
    OpenTransaction,
    /// `standard_conforming_strings` is off.
    NonstandardStrings,
    /// A table with the name of the history table has other columns.
    ForeignTable {
        table: String,
        /// The tool that it probably belongs to.
        owner: Option<String>,
    },
    /// The history table is one of an earlier format; what brings it up to date.
    FormerTable {
        table: String,
        statement: String,
    },
    /// The history table has a row that this crate never leaves there; its version and description.
    ForeignRow {
        table: String,
        row: String,
    },
    /// The history table does not keep what is written to it.
    Unrecorded {
        table: String,
    },
    /// The schema that the set is to be applied to is not there; as it stands in SQL.
    NoSchema {
        schema: String,
    },
    /// A version that the caller named is not one of the set's.
    UnknownVersion {
        version: i64,
        newest: Option<String>,
    },
    /// Never empty.
    Contradictions(Vec<Contradiction>),
    /// What is to be reverted and cannot be. Never empty.
    Irreversible(Vec<Obstacle>),
    /// A baseline is wanted where there is a history.
    HasHistory {
        table: String,
    },
    /// A baseline is wanted of migrations whose tables are all missing.
    NothingThere {
        presence: Presence,
    },
    /// Another tool has migrated the database, and nothing of that is recorded.
    NotAdopted(Box<NotAdopted>),
    /// There is no `migrate.import`, or it says nothing that could be adopted: why, and what to do.
    NoImport(String),
    /// The other tool's table is not where it is looked for, and others are, or it has no row.
    NoOtherHistory {
        tool: Tool,
        whereabouts: Whereabouts,
    },
    /// What the other tool's table says cannot be recorded.
    Unadoptable(AdoptError),
    /// The other tool has applied what is unfinished in our history.
    UnfinishedHere {
        tool: Tool,
        stem: String,
    },
    Unskippable {
        version: i64,
        why: Unskippable,
    },
    /// The history is not as it was when the repairs were listed.
    ChangedSince {
        table: String,
    },
    /// A file announces a function that nobody has registered.
    NoFunction {
        file: String,
        version: i64,
        action: Action,
    },
    /// A function is registered that no file announces.
    UnannouncedFunction {
        version: i64,
        action: Action,
    },
    /// A hook refused the whole run.
    Refused(BoxError),
    Migration {
        failure: Failure,
        attempts: u32,
    },
}

/// What the runtime was doing on its own behalf. The history tables are named as they stand in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Reading(String),
    ReadingOther(String),
    LookingForOthers,
    ReadingLog(String),
    Creating(String),
    Writing(String),
    ReadingSettings,
    AskingForLock,
    LookingForTables,
    Probing,
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
            ErrorKind::Database { error, .. } | ErrorKind::Locked { error, .. } => {
                error.code().map(SqlState::code)
            }
            ErrorKind::Migration { failure, .. } => failure.sqlstate().map(SqlState::code),
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

    /// The sessions that held the lock that a migration waited for in vain, as they were while it waited; or a lock on the
    /// history table, as they were right afterwards. Empty for other errors, and where there was no second connection to
    /// look from while a migration waited: see [`Runner::watch_url`](crate::Runner::watch_url).
    pub fn blockers(&self) -> &[Blocker] {
        match &self.0.kind {
            ErrorKind::Migration { failure, .. } => failure.blockers(),
            ErrorKind::Locked { blockers, .. } => blockers,
            _ => &[],
        }
    }

    /// A migration failed. Nothing of it was applied if it runs in a transaction, unless the connection was lost on the
    /// way: then the message says that it is not known.
    pub fn is_migration(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Migration { .. })
    }

    /// A lock did not come free: within the lock timeout, however often it was tried, or at once where a script says
    /// `NOWAIT`.
    pub fn is_lock_timeout(&self) -> bool {
        self.sqlstate() == Some(SqlState::LOCK_NOT_AVAILABLE.code())
    }

    /// A file was edited or renamed after it was applied; or a checkpoint does not stand for what was applied.
    pub fn is_changed(&self) -> bool {
        self.has(|kind| {
            matches!(
                kind,
                ContradictionKind::Changed { .. }
                    | ContradictionKind::EditedDraft { .. }
                    | ContradictionKind::Renamed { .. }
                    | ContradictionKind::OtherHistory
            )
        })
    }

    /// A draft was edited after it was applied to a database that is for development.
    #[cfg(feature = "cli")]
    pub(crate) fn is_edited_draft(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::EditedDraft { .. }))
    }

    /// The database has only a part of what the checkpoint of the set stands for: the rest is in its archive.
    pub fn is_behind(&self) -> bool {
        let is_before = |kind: &ContradictionKind| {
            matches!(kind, ContradictionKind::BeforeCheckpoint { .. } | ContradictionKind::Unfinished { .. })
        };
        self.has(is_before)
    }

    /// The history has a row for which the set has no file.
    pub fn is_missing(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::Missing))
    }

    /// A pending migration comes before one that is applied.
    pub fn is_out_of_order(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::OutOfOrder { .. }))
    }

    /// The history has migrations that are newer than everything in the set, and
    /// [`Runner::deny_ahead`](crate::Runner::deny_ahead) was called.
    pub fn is_ahead(&self) -> bool {
        self.has(|kind| matches!(kind, ContradictionKind::Ahead))
    }

    /// What was to be reverted cannot be, and nothing was.
    pub fn is_irreversible(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Irreversible(_))
    }

    /// Another tool has migrated the database, nothing of that is recorded, and nothing was done: see
    /// [`Runner::adopt`](crate::Runner::adopt).
    pub fn is_not_adopted(&self) -> bool {
        matches!(self.0.kind, ErrorKind::NotAdopted(_))
    }

    /// The caller has named a version with which the verb can do nothing.
    #[cfg(feature = "cli")]
    pub(crate) fn is_of_caller(&self) -> bool {
        matches!(self.0.kind, ErrorKind::UnknownVersion { .. } | ErrorKind::Unskippable { .. })
    }

    /// One of the service's own [hooks](crate::Hooks) did not want it.
    pub fn is_refused(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Refused(_) => true,
            ErrorKind::Migration { failure, .. } => failure.place == Place::Refused,
            _ => false,
        }
    }

    /// The history and the set say different things.
    #[cfg(feature = "fleet")]
    pub(crate) fn is_contradiction(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Contradictions(_))
    }

    /// The server was not there, not ready or gone in the middle: the same may succeed a little later.
    #[cfg(feature = "fleet")]
    pub(crate) fn is_unreachable(&self) -> bool {
        if let Some(code) = self.sqlstate() {
            return code.starts_with("08") || ["53300", "57P01", "57P02", "57P03"].contains(&code);
        }
        match &self.0.kind {
            ErrorKind::Connect(error) => error.may_pass(),
            ErrorKind::Database { .. } => true,
            ErrorKind::Migration { failure, .. } => failure.is_of_connection(),
            _ => false,
        }
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
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Connect(error) => std::error::Error::source(error),
            ErrorKind::Database { error, .. } | ErrorKind::Locked { error, .. } => Some(error),
            ErrorKind::Migration { failure, .. } => match &failure.cause {
                Cause::Server(error) => Some(error),
                Cause::Caller(error) => Some(&**error),
            },
            ErrorKind::Refused(error) => Some(&**error),
            _ => None,
        }
    }
}
