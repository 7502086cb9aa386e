//! A migration that failed: which one, where in its file, and what the server or the caller said of it.

use std::error::Error;
use std::iter::successors;
use std::{fmt, io};

use migrate_source::Excerpt;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::blocker::Blocker;
use crate::error::cause;
use crate::hooks::BoxError;
use crate::message::Message;
use crate::plan::{Action, Step};
use crate::watch::Sight;

/// A step that was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) action: Action,
    pub(crate) version: i64,
    pub(crate) stem: String,
    pub(crate) description: String,
    /// File name without folder.
    pub(crate) file: String,
    pub(crate) place: Place,
    /// Without a transaction: how many statements are done and stay done.
    pub(crate) statements_done: Option<usize>,
    /// Who held the lock that did not come free.
    pub(crate) sight: Sight,
    /// What else may have to do with it.
    pub(crate) note: Option<&'static str>,
    /// Another tool has its history in the database.
    pub(crate) is_beside_other: bool,
    pub(crate) cause: Cause,
}

/// What was being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A statement of the script.
    Script(Excerpt),
    /// What creates the history, before the first step.
    Creation,
    /// What stands before the script: the guards.
    Prologue,
    /// The history row.
    History,
    /// The same, and it is not there: nothing of the transaction stays.
    Unrecorded,
    /// Another process has taken the migration over before a statement was done that no check could stop.
    Overtaken,
    /// `COMMIT`, where deferred constraints are checked.
    Commit,
    /// On the way: the connection was lost, and the server may still be working on what it was sent.
    Lost,
    /// A function of the service.
    Function,
    /// The same, and it has ended the transaction that it was given.
    Ended,
    /// Nothing: a hook did not want it.
    Refused,
}

/// Who said that it failed.
#[derive(Debug)]
pub(crate) enum Cause {
    Server(tokio_postgres::Error),
    Caller(BoxError),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => f.write_str(&cause(error)),
            Self::Caller(error) => write!(f, "{error}"),
        }
    }
}

impl Failure {
    pub(crate) fn new(step: &Step<'_>, place: Place, cause: Cause) -> Self {
        Self {
            action: step.action(),
            version: step.version(),
            stem: step.stem().to_owned(),
            description: step.description().to_owned(),
            file: step.file().to_owned(),
            place,
            statements_done: None,
            sight: Sight::Blind,
            note: None,
            is_beside_other: false,
            cause,
        }
    }

    /// The history does not keep the row of the step.
    pub(crate) fn unrecorded(step: &Step<'_>) -> Self {
        Self::new(step, Place::Unrecorded, Cause::Caller(DISCARDED.into()))
    }

    /// The driver's error, also where the caller's own code has wrapped it.
    pub(crate) fn server_error(&self) -> Option<&tokio_postgres::Error> {
        match &self.cause {
            Cause::Server(error) => Some(error),
            Cause::Caller(error) => {
                let error: &(dyn Error + 'static) = &**error;
                let chain = successors(Some(error), |error| <dyn Error>::source(*error));
                chain.filter(|_| self.place == Place::Function).find_map(|error| error.downcast_ref())
            }
        }
    }

    pub(crate) fn sqlstate(&self) -> Option<&SqlState> {
        self.server_error()?.code()
    }

    pub(crate) fn is_lock_timeout(&self) -> bool {
        self.sqlstate() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// The connection is gone, and with it the answer.
    pub(crate) fn is_of_connection(&self) -> bool {
        // The caller's own code may also have asked for what a row does not have.
        let is_of_row = |error: &tokio_postgres::Error| {
            self.place == Place::Function
                && !error.is_closed()
                && !error.source().is_some_and(<dyn Error>::is::<io::Error>)
        };
        // A pooler that has lost its server says so in words of its own, and after a COMMIT the answer alone may be lost.
        let is_lost = |error: &DbError| {
            error.code().code().starts_with("08")
                || self.place == Place::Commit && !crate::session::goes_on(error)
        };
        self.server_error().is_some_and(|error| match error.as_db_error() {
            Some(error) => is_lost(error),
            None => !is_of_row(error),
        })
    }

    /// Whether it was done all the same is not known: what has reached the server may be committed.
    pub(crate) fn is_unknown(&self) -> bool {
        // A function sends its COMMIT at the end.
        let is_before_commit = matches!(self.place, Place::Function | Place::Prologue | Place::Creation);
        self.is_of_connection() && !is_before_commit
    }

    pub(crate) fn blockers(&self) -> &[Blocker] {
        match &self.sight {
            Sight::Seen(blockers) => blockers,
            _ => &[],
        }
    }

    /// A lock that did not come free in time, a deadlock, or a serialization failure: the same again may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        is_transient(self.sqlstate())
    }
}

/// [`Failure::is_transient`], of an error of the server.
pub(crate) fn is_transient(code: Option<&SqlState>) -> bool {
    const TRANSIENT: [SqlState; 3] =
        [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    code.is_some_and(|code| TRANSIENT.contains(code))
}

/// What is there was compared with what the statement makes.
pub(crate) const CUT: &str =
    "an earlier run was cut at this statement, and what is there now is not what the statement makes";
pub(crate) const DISCARDED: &str = "a trigger, rule or row-level security policy on the history table discards the row: remove it, \
                                    and start again";

/// Where in its script a statement failed: at the character that the server names, or else at its beginning.
pub(crate) fn in_message(
    message: &Message,
    at: usize,
    step: &Step<'_>,
    statement: usize,
    error: &DbError,
) -> Excerpt {
    let script = &message.transactions[at].script;
    let offset = position(&message.sql, error).filter(|offset| script.contains(offset));
    match offset {
        Some(offset) => Excerpt::new(step.text(), offset - script.start),
        None => at_statement(step, statement),
    }
}

/// The same for a statement that was sent on its own, behind as many bytes of `message` as `before` says.
pub(crate) fn in_statement(
    step: &Step<'_>,
    statement: usize,
    message: &str,
    before: usize,
    error: Option<&DbError>,
) -> Excerpt {
    let range = statement_range(step, statement);
    let offset = error.and_then(|error| position(message, error)?.checked_sub(before));
    match range.and_then(|range| Some(range.start + offset.filter(|offset| *offset < range.len())?)) {
        Some(offset) => Excerpt::new(step.text(), offset),
        None => at_statement(step, statement),
    }
}

/// The beginning of a statement.
pub(crate) fn at_statement(step: &Step<'_>, statement: usize) -> Excerpt {
    let start = statement_range(step, statement).map_or(0, |range| range.start);
    Excerpt::new(step.text(), start)
}

fn statement_range(step: &Step<'_>, statement: usize) -> Option<std::ops::Range<usize>> {
    step.script()?.statements().nth(statement)
}

/// The byte that an error points to. PostgreSQL counts characters, from 1.
fn position(sql: &str, error: &DbError) -> Option<usize> {
    let ErrorPosition::Original(character) = error.position()? else {
        return None;
    };
    let before = usize::try_from(*character).ok()?.checked_sub(1)?;
    sql.char_indices().nth(before).map(|(offset, _)| offset)
}
