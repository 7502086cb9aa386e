//! What a rehearsal cannot tell, and why.

use tokio_postgres::error::SqlState;

use crate::failure::Failure;
use crate::plan::Step;

const USES_NEW_ENUM_VALUE: &str =
    "it uses an enum value that counts only once the migration which adds it is committed";

pub(super) const NO_ROLLBACK: &str =
    "each statement has a transaction of its own, because the server does not roll back DDL";

/// Why a step cannot be rehearsed at all.
pub(super) fn obstacle(step: &Step<'_>) -> Option<&'static str> {
    if step.is_function() {
        return Some("it is a function of the service, which may do more than what can be rolled back");
    }
    step.resume
        .is_some()
        .then_some("an earlier run has begun it, and what is left of that is found out by the next one")
}

/// Why an error does not tell that the step would fail in a run, where each statement of one without a transaction is
/// committed before the next.
pub(super) fn untold(failure: &Failure, step: &Step<'_>, is_first: bool, skips: bool) -> Option<String> {
    const COMMITS: [SqlState; 3] = [
        SqlState::ACTIVE_SQL_TRANSACTION,
        SqlState::INVALID_TRANSACTION_TERMINATION,
        SqlState::OBJECT_IN_USE,
    ];
    /// Something is there that was to be dropped, or is not there that was to be made.
    const MISSING: [SqlState; 8] = [
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_TABLE,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_TABLE,
        SqlState::INVALID_COLUMN_REFERENCE,
        SqlState::INVALID_FOREIGN_KEY,
        SqlState::INVALID_TABLE_DEFINITION,
        SqlState::WRONG_OBJECT_TYPE,
    ];
    let code = failure.sqlstate()?;
    match () {
        () if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE && (!is_first || step.is_stepwise()) => {
            Some(USES_NEW_ENUM_VALUE.to_owned())
        }
        () if step.is_stepwise() && COMMITS.contains(code) => {
            Some(format!("it relies on a COMMIT between its statements: {}", failure.cause))
        }
        () if skips && MISSING.contains(code) => {
            Some(format!("it may need what was not rehearsed before it: {}", failure.cause))
        }
        () => None,
    }
}
