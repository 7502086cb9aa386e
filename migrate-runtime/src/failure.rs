//! A migration that failed: which one, where in its file, and what the server said of it.

use migrate_source::Excerpt;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::message::Message;
use crate::plan::Step;

/// A step that was not applied.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) version: i64,
    pub(crate) stem: String,
    /// File name without folder.
    pub(crate) file: String,
    pub(crate) place: Place,
    /// Without a transaction: how many statements are done and stay done.
    pub(crate) statements_done: Option<usize>,
    pub(crate) error: tokio_postgres::Error,
}

/// What was being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A statement of the script.
    Script(Excerpt),
    /// What stands before the script: the guards.
    Prologue,
    /// The history row.
    History,
    /// `COMMIT`, where deferred constraints are checked.
    Commit,
    /// On the way: the connection was lost, and the server may still be working on what it was sent.
    Lost,
}

impl Failure {
    pub(crate) fn new(step: &Step<'_>, place: Place, error: tokio_postgres::Error) -> Self {
        let migration = step.migration;
        Self {
            version: migration.version(),
            stem: migration.stem().to_owned(),
            file: migration.up().file().to_owned(),
            place,
            statements_done: None,
            error,
        }
    }

    /// A lock that did not come free in time, a deadlock, or a serialization failure: the same again may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        const TRANSIENT: [SqlState; 3] = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        self.error.code().is_some_and(|code| TRANSIENT.contains(code))
    }
}

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
        Some(offset) => Excerpt::new(step.migration.up().text(), offset - script.start),
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
    let script = step.migration.up();
    let range = script.statements().nth(statement);
    let offset = error.and_then(|error| position(message, error)?.checked_sub(before));
    match range.and_then(|range| Some(range.start + offset.filter(|offset| *offset < range.len())?)) {
        Some(offset) => Excerpt::new(script.text(), offset),
        None => at_statement(step, statement),
    }
}

fn at_statement(step: &Step<'_>, statement: usize) -> Excerpt {
    let script = step.migration.up();
    let start = script.statements().nth(statement).map_or(0, |range| range.start);
    Excerpt::new(script.text(), start)
}

/// The byte that an error points to. PostgreSQL counts characters, from 1.
fn position(sql: &str, error: &DbError) -> Option<usize> {
    let ErrorPosition::Original(character) = error.position()? else {
        return None;
    };
    let before = usize::try_from(*character).ok()?.checked_sub(1)?;
    sql.char_indices().nth(before).map(|(offset, _)| offset)
}
