//! Guards: expressions that fail unless a condition holds, so that the server itself stops a message whose premises are
//! gone.

use std::ops::Range;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::apply::Outcome;
use crate::history::Mark;
use crate::identifier::literal;

/// Why a guard says no. It ends up in the server's log.
pub(crate) const LOCKED: &str = "another process is applying migrations";
pub(crate) const CHANGED: &str = "another process has changed the history since it was read";
pub(crate) const UNLIKE: &str = "the session has other settings than were read before";
pub(crate) const TAKEN_OVER: &str = "another process has taken this migration over";
pub(crate) const UNRECORDED: &str = "the history table has discarded the row";
pub(crate) const ENDED: &str = "the transaction is another one by now";

/// A query that fails unless the condition holds.
pub(crate) fn require(condition: &str, otherwise: &str) -> String {
    format!("SELECT {}", value("true", condition, otherwise, "bool"))
}

/// An expression of the type that fails unless the condition holds: the text is cast to the boolean that it is not.
/// `concat` keeps the planner from doing that before the condition is known.
pub(crate) fn value(value: &str, condition: &str, otherwise: &str, type_name: &str) -> String {
    let otherwise = literal(&format!("migrate: {otherwise}"));
    format!(
        "CASE WHEN {condition} THEN {value} \
         ELSE pg_catalog.concat({otherwise})::pg_catalog.bool::pg_catalog.{type_name} END"
    )
}

/// Whether an error that came after this many statements is a guard's way to say no: its own error, at its own place,
/// rather than something that went wrong.
pub(crate) fn is_no(guards: &Range<usize>, completed: usize, error: &Error) -> bool {
    guards.contains(&completed) && error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION)
}

/// The same where nobody counts, because there are guards only.
pub(crate) fn is_a_no(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION)
}

/// The same where nobody counts and a script comes before: a name that no script can know is in the guard's words.
pub(crate) fn is_no_of(mark: &Mark, error: &Error) -> bool {
    let is_own = |error: &DbError| error.message().contains(mark.claim());
    is_a_no(error) && error.as_db_error().is_some_and(is_own)
}

/// Whether the guard behind a row that was written says that it is not there, and nothing else has failed.
pub(crate) fn is_unrecorded(error: &Error) -> bool {
    is_a_no(error) && error.as_db_error().is_some_and(|error| error.message().contains(UNRECORDED))
}

/// A statement that writes a row and returns it, as a query that fails where a trigger, a rule or a policy has kept the row
/// away.
pub(crate) fn kept(statement: &str) -> String {
    format!("WITH kept AS ({statement}) {}", require("EXISTS (SELECT FROM kept)", UNRECORDED))
}

/// What a guard's no means.
pub(crate) fn outcome(error: &DbError) -> Outcome {
    if error.message().contains(UNLIKE) { Outcome::Unlike } else { Outcome::Overtaken }
}
