//! What an error of the server comes to, by its SQLSTATE (the manual's appendix A): its code, and what to do about it.

use migrate_source::Code;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::error::Doing;
use crate::failure::{Failure, Place};
use crate::plan::Action;

/// What an error of the server comes to: which kind of error it is, and what to do about it.
pub(crate) type Remedy = (Code, &'static str);

/// For a migration that failed.
pub(crate) fn of_migration(failure: &Failure) -> Remedy {
    let of_function = "nothing of it is committed: correct the function, build and start again";
    let Some(code) = failure.sqlstate() else {
        if failure.place == Place::Function && !failure.is_of_connection() {
            return (Code::M0613, of_function);
        }
        if matches!(failure.place, Place::Script(_)) && !failure.is_of_connection() {
            return (Code::M0601, "then start again: it continues at this statement");
        }
        return (Code::M0527, "start again: what was committed is recorded, and the rest will be applied");
    };
    if *code == SqlState::IN_FAILED_SQL_TRANSACTION {
        let what = "a statement of the function failed, and the function continued: return the error from it";
        return (Code::M0614, what);
    }
    if failure.place == Place::History && *code == SqlState::FEATURE_NOT_SUPPORTED {
        return OF_RULE;
    }
    if failure.place == Place::History && !is_of_the_way(code) {
        let what = if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            "grant the role SELECT, INSERT and UPDATE on the history table (to revert, DELETE too), and INSERT on its \
             log, the table of that name with the ending _log"
        } else {
            "look at what the script does to the history table or to the session"
        };
        return (Code::M0612, what);
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE && failure.blockers().iter().any(|blocker| blocker.pid() == 0) {
        let what = "end that transaction (ROLLBACK PREPARED or COMMIT PREPARED), or start again later";
        return (Code::M0602, what);
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        let what =
            "end that session, or start again later; a longer lock_timeout makes other sessions queue longer";
        return (Code::M0602, what);
    }
    if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        return (Code::M0603, "start again when there is less traffic on these tables");
    }
    if *code == SqlState::QUERY_CANCELED {
        return (Code::M0604, CANCELED_MIGRATION);
    }
    if failure.place == Place::Prologue && failure.server_error().is_some_and(is_of_lock) {
        return OF_LOCK;
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return (Code::M0605, "grant the role what it needs, or migrate as the owner");
    }
    if *code == SqlState::ACTIVE_SQL_TRANSACTION || *code == SqlState::INVALID_TRANSACTION_TERMINATION {
        let what = "put the statement into a migration that begins with `-- migrate: no-transaction`";
        return (Code::M0606, what);
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return READ_ONLY;
    }
    if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST && failure.action == Action::Revert {
        let what = "drop what depends on it in the down as well, with IF EXISTS: the next run applies repeatable migrations again";
        return (Code::M0601, what);
    }
    if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE {
        let what = "use the new enum value in the next migration, when this one is committed";
        return (Code::M0607, what);
    }
    match code.code().get(..2) {
        Some("23") => (Code::M0608, of_rows(code)),
        Some("08" | "57") => (
            Code::M0527,
            "start again when the server is back: what was committed is recorded, and the rest will be applied",
        ),
        Some("53") => of_shortage(code),
        _ if exists_already(code) && failure.note == Some(crate::failure::CUT) => (
            Code::M0609,
            "compare what has this name with the statement; rename it or drop it if it is something else, and start again",
        ),
        _ if exists_already(code) && failure.version == 0 => (
            Code::M0609,
            "a repeatable migration runs again and again: write CREATE OR REPLACE, or DROP … IF EXISTS before it",
        ),
        _ if exists_already(code) && failure.is_beside_other => (
            Code::M0609,
            "another migration tool has its history in this database: record what it has applied with Runner::adopt",
        ),
        _ if exists_already(code) => (
            Code::M0609,
            "if the database has what this file makes, record that: with Runner::baseline where there is no history yet, \
             or with Runner::skip, which passes over the whole file; otherwise choose another name in this file",
        ),
        Some("25") if code.code() == "25P03" => (
            Code::M0611,
            "allow a longer idle_in_transaction_session_timeout, or do less between two statements",
        ),
        Some("25") if code.code() == "25P04" => {
            (Code::M0611, "allow a longer transaction_timeout, or do less in one migration")
        }
        _ if failure.place == Place::Function => (Code::M0613, of_function),
        _ => (Code::M0601, "correct the file, build and start again"),
    }
}

/// For what the runtime does on its own behalf.
pub(crate) fn of_database(doing: &Doing, error: &Error) -> Remedy {
    match error.code() {
        None => (Code::M0527, "start again when the server can be reached: what was committed is recorded"),
        Some(_) if is_of_lock(error) => OF_LOCK,
        Some(code) if *code == SqlState::FEATURE_NOT_SUPPORTED && matches!(doing, Doing::Writing(_)) => {
            OF_RULE
        }
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => (
            Code::M0521,
            match doing {
                Doing::Creating(_) => {
                    "grant the role USAGE and CREATE on the schema of the history table, or, where that schema is missing, \
                     CREATE on the database"
                }
                Doing::Writing(_) => {
                    "grant the role SELECT, INSERT, UPDATE and DELETE on the history table, and INSERT on its log, the \
                     table of that name with the ending _log"
                }
                Doing::ReadingLog(_) => {
                    "grant the role USAGE on the schema of the history table and SELECT on its log"
                }
                _ => "grant the role USAGE on the schema of the history table and SELECT on the table",
            },
        ),
        Some(code) if exists_already(code) && matches!(doing, Doing::Creating(_)) => (
            Code::M0523,
            "the name is taken, by another thing or by the log of a history that was dropped: rename or drop that, or \
             choose another name with Runner::history_table",
        ),
        Some(code) if *code == SqlState::IN_FAILED_SQL_TRANSACTION => {
            (Code::M0531, "roll back the transaction that is open on this connection first")
        }
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => READ_ONLY,
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            (Code::M0524, "another session has locked the history table: end that session, or wait for it")
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => (Code::M0526, CANCELED),
        Some(code) if matches!(code.code().get(..2), Some("08" | "57")) => (Code::M0527, SEE_LOG),
        Some(code) if code.code().starts_with("53") => of_shortage(code),
        Some(_) => (Code::M0528, SEE_LOG),
    }
}

/// Of class 23, integrity constraint violation.
fn of_rows(code: &SqlState) -> &'static str {
    match code.code() {
        "23502" => "existing rows have no value for this: add a DEFAULT, or fix the rows first",
        "23505" => {
            "existing rows have the same value: remove the duplicates first, in an earlier migration or by hand"
        }
        "23503" => {
            "a row refers to one that is missing: fix the rows first, in an earlier migration or by hand"
        }
        _ => "existing rows violate this: fix the rows first, in an earlier migration or by hand",
    }
}

/// Of class 53, insufficient resources. What ran out is known by the SQLSTATE alone: 53200 is the table of locks as well as
/// the memory of the server.
fn of_shortage(code: &SqlState) -> Remedy {
    let what = match code.code() {
        "53100" => "free space on the disks of the server, and start again",
        "53200" => {
            "raise max_locks_per_transaction on the server, or split the migration, so that one transaction touches fewer \
             tables; where memory itself ran out, lower work_mem or maintenance_work_mem"
        }
        "53300" => {
            "close connections, or raise the limit that is reached: max_connections, or the CONNECTION LIMIT of the role or the \
             database"
        }
        "53400" => {
            "raise the limit that the server names, such as temp_file_limit or max_replication_slots, or do less in one \
             statement"
        }
        _ => "give the server what it is short of, and start again",
    };
    (Code::M0610, what)
}

const SEE_LOG: &str = "see the server's log for more";

/// PostgreSQL does not say which row a rule has let through.
const OF_RULE: Remedy = (Code::M0617, "remove the rule (CREATE RULE) from the history table");

const OF_LOCK: Remedy = (
    Code::M0522,
    "grant the role EXECUTE on pg_try_advisory_xact_lock(bigint); or, also where the server has no advisory locks, say \
     lock = \"row\" in migrate.toml, and grant it SELECT and UPDATE on the table with the ending _lock",
);

fn is_of_lock(error: &Error) -> bool {
    let names_it =
        |text: &str| text.contains("advisory") || text.contains("_lock\"") || text.ends_with("_lock");
    error.as_db_error().is_some_and(|error| names_it(error.message()))
}

const READ_ONLY: Remedy =
    (Code::M0525, "connect to the primary server, or lift default_transaction_read_only");
/// Not where somebody has cancelled it by this very program.
pub(crate) const CANCELED_MIGRATION: &str =
    "allow a longer statement_timeout, or do less in one statement, unless it was cancelled on purpose";
const CANCELED: &str = "allow a longer statement_timeout, unless it was cancelled on purpose";

/// The statement is not to blame, whichever it is.
fn is_of_the_way(code: &SqlState) -> bool {
    let codes = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED, SqlState::READ_ONLY_SQL_TRANSACTION];
    codes.contains(code) || matches!(code.code().get(..2), Some("08" | "40" | "53" | "57"))
}

pub(crate) fn exists_already(code: &SqlState) -> bool {
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
