//! What to do about an error of the server, by its SQLSTATE (the manual's appendix A).

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::failure::{Failure, Place};

/// For a migration that failed.
pub(crate) fn of_migration(failure: &Failure) -> &'static str {
    let of_function = "nothing of it is committed: correct the function, build and start again";
    let Some(code) = failure.sqlstate() else {
        if failure.place == Place::Function && !failure.is_of_connection() {
            return of_function;
        }
        if matches!(failure.place, Place::Script(_)) && !failure.is_of_connection() {
            return "then start again: it goes on at this statement";
        }
        return "start again: what was committed is recorded, and the rest will be applied";
    };
    if *code == SqlState::IN_FAILED_SQL_TRANSACTION {
        return "a statement of the function failed and the function went on: have it return the error";
    }
    if failure.place == Place::History {
        return if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            "grant the role SELECT, INSERT and UPDATE on the history table (to revert, DELETE too), and INSERT on its \
             log, the table of that name with the ending _log"
        } else {
            "look at what the script does to the history table or to the session"
        };
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        return "end the session that holds the lock (pg_terminate_backend), or allow a longer lock_timeout";
    }
    if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        return "start again when there is less traffic on these tables";
    }
    if *code == SqlState::QUERY_CANCELED {
        return "allow a longer statement_timeout, or do less in one statement";
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return "grant the role what it needs, or migrate as the owner";
    }
    if *code == SqlState::ACTIVE_SQL_TRANSACTION || *code == SqlState::INVALID_TRANSACTION_TERMINATION {
        return "put the statement into a migration that begins with `-- migrate: no-transaction`";
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return "connect to the primary server, or lift default_transaction_read_only";
    }
    if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE {
        return "use the new enum value in the next migration: it counts once this one is committed";
    }
    match code.code().get(..2) {
        Some("23") if failure.statements_done.is_some() => {
            "the rows that are there contradict it: mend them by hand, or in a statement before it in this file"
        }
        Some("23") => "the rows that are there contradict it: mend them in an earlier migration",
        Some("08" | "57") => {
            "start again when the server is back: what was committed is recorded, and the rest will be applied"
        }
        Some("53") => "make room on the server, and start again",
        _ if exists_already(code) => {
            "it was made by hand, by another tool or by an earlier migration: drop it, remove it from this file, or \
             record what the database has already with Runner::baseline"
        }
        _ if failure.place == Place::Function => of_function,
        _ => "correct the file, build and start again",
    }
}

/// For anything else: reading or creating the history table, asking for a lock.
pub(crate) fn of_database(error: &Error) -> &'static str {
    match error.code() {
        None => "start again when the server can be reached: what was committed is recorded",
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "grant the role USAGE and CREATE on the schema of the history table (CREATE on the database where that \
             schema is missing), or SELECT, INSERT and UPDATE on a table that exists, and INSERT on its log"
        }
        Some(code) if *code == SqlState::IN_FAILED_SQL_TRANSACTION => {
            "roll back the transaction that is open on this connection first"
        }
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            "connect to the primary server, or lift default_transaction_read_only"
        }
        Some(_) => "see the server's log for more",
    }
}

fn exists_already(code: &SqlState) -> bool {
    [
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_FUNCTION,
        SqlState::DUPLICATE_SCHEMA,
    ]
    .contains(code)
}
