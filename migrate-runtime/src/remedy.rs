//! What to do about an error of the server, by its SQLSTATE (the manual's appendix A).

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::error::Doing;
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
    if failure.place == Place::History && !is_of_the_way(code) {
        return if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            "grant the role SELECT, INSERT and UPDATE on the history table (to revert, DELETE too), and INSERT on its \
             log, the table of that name with the ending _log"
        } else {
            "look at what the script does to the history table or to the session"
        };
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE && failure.blockers().iter().any(|blocker| blocker.pid() == 0) {
        return "end that transaction (ROLLBACK PREPARED or COMMIT PREPARED), or allow a longer lock_timeout";
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        return "end the session that holds the lock (pg_terminate_backend), or allow a longer lock_timeout";
    }
    if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        return "start again when there is less traffic on these tables";
    }
    if *code == SqlState::QUERY_CANCELED {
        return CANCELED_MIGRATION;
    }
    if failure.place == Place::Prologue && failure.server_error().is_some_and(is_of_lock) {
        return OF_LOCK;
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return "grant the role what it needs, or migrate as the owner";
    }
    if *code == SqlState::ACTIVE_SQL_TRANSACTION || *code == SqlState::INVALID_TRANSACTION_TERMINATION {
        return "put the statement into a migration that begins with `-- migrate: no-transaction`";
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return READ_ONLY;
    }
    if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE {
        return "use the new enum value in the next migration: it counts once this one is committed";
    }
    match code.code().get(..2) {
        Some("23") => {
            "the rows that are there contradict it: mend them by hand, or before it in this file if no database has it yet"
        }
        Some("08" | "57") => {
            "start again when the server is back: what was committed is recorded, and the rest will be applied"
        }
        Some("53") => "make room on the server, and start again",
        _ if exists_already(code) && failure.version == 0 => {
            "a repeatable migration runs again and again: write CREATE OR REPLACE, or DROP … IF EXISTS before it"
        }
        _ if exists_already(code) => {
            "it was made by hand, by another tool or by an earlier migration: drop it, remove it from this file, or \
             record what the database has already, with Runner::skip, which passes over the whole file, or \
             Runner::baseline where there is no history yet"
        }
        Some("25") if code.code() == "25P03" => {
            "allow a longer idle_in_transaction_session_timeout, or do less between two statements"
        }
        Some("25") if code.code() == "25P04" => {
            "allow a longer transaction_timeout, or do less in one migration"
        }
        _ if failure.place == Place::Function => of_function,
        _ => "correct the file, build and start again",
    }
}

/// For what the runtime does on its own behalf.
pub(crate) fn of_database(doing: &Doing, error: &Error) -> &'static str {
    match error.code() {
        None => "start again when the server can be reached: what was committed is recorded",
        Some(_) if is_of_lock(error) => OF_LOCK,
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => match doing {
            Doing::Creating(_) => {
                "grant the role USAGE and CREATE on the schema of the history table, or, where that schema is missing, \
                 CREATE on the database"
            }
            Doing::Writing(_) => {
                "grant the role SELECT, INSERT, UPDATE and DELETE on the history table, and INSERT on its log, the table \
                 of that name with the ending _log"
            }
            Doing::ReadingLog(_) => {
                "grant the role USAGE on the schema of the history table and SELECT on its log"
            }
            _ => "grant the role USAGE on the schema of the history table and SELECT on the table",
        },
        Some(code) if exists_already(code) && matches!(doing, Doing::Creating(_)) => {
            "the name is taken, by another thing or by the log of a history that was dropped: rename or drop that, or \
             choose another name with Runner::history_table"
        }
        Some(code) if *code == SqlState::IN_FAILED_SQL_TRANSACTION => {
            "roll back the transaction that is open on this connection first"
        }
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => READ_ONLY,
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            "another session has locked the history table: end that session, or wait for it"
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => CANCELED,
        Some(_) => "see the server's log for more",
    }
}

const OF_LOCK: &str = "grant the role EXECUTE on pg_try_advisory_xact_lock(bigint); or, also where the server has no advisory locks, say \
                       lock = \"row\" in migrate.toml, and \
                       grant it SELECT and UPDATE on the table with the ending _lock";

fn is_of_lock(error: &Error) -> bool {
    let names_it =
        |text: &str| text.contains("advisory") || text.contains("_lock\"") || text.ends_with("_lock");
    error.as_db_error().is_some_and(|error| names_it(error.message()))
}

const READ_ONLY: &str = "connect to the primary server, or lift default_transaction_read_only";
/// Not where somebody has cancelled it by this very program.
pub(crate) const CANCELED_MIGRATION: &str = "allow a longer statement_timeout, or do less in one statement, unless somebody has cancelled it on purpose";
const CANCELED: &str = "allow a longer statement_timeout, unless somebody has cancelled it on purpose";

/// The statement is not to blame, whichever it is.
fn is_of_the_way(code: &SqlState) -> bool {
    let codes = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED, SqlState::READ_ONLY_SQL_TRANSACTION];
    codes.contains(code) || matches!(code.code().get(..2), Some("08" | "40" | "53" | "57"))
}

fn exists_already(code: &SqlState) -> bool {
    [
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_FUNCTION,
        SqlState::DUPLICATE_SCHEMA,
        SqlState::DUPLICATE_DATABASE,
    ]
    .contains(code)
}
