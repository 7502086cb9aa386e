//! The messages that bring the history forward: what stands around a migration's own SQL in its transaction.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::history::{HistoryTable, Mark};
use crate::identifier::literal;
use crate::plan::Step;
use crate::settings::Settings;

/// The limits that hold inside each transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) lock: Option<Duration>,
    pub(crate) statement: Option<Duration>,
}

/// A message of transactions, one a step.
#[derive(Default)]
pub(crate) struct Message {
    pub(crate) sql: String,
    pub(crate) transactions: Vec<Transaction>,
}

/// Where things stand in one transaction of a message, and in what lies between it and the one before.
pub(crate) struct Transaction {
    /// The statements, counted from 0, that are guards.
    pub(crate) guards: Range<usize>,
    /// How many statements come before the script.
    pub(crate) prologue: usize,
    /// The bytes of the message that are the script.
    pub(crate) script: Range<usize>,
}

/// One transaction of this crate's own statements.
pub(crate) struct Own {
    pub(crate) sql: String,
    pub(crate) guards: Range<usize>,
}

/// Whether an error that came after this many statements is a guard's way to say no: its own error, at its own place,
/// rather than something that went wrong.
pub(crate) fn is_no(guards: &Range<usize>, completed: usize, error: &Error) -> bool {
    guards.contains(&completed) && error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION)
}

/// How many statements lie between two steps: what puts the settings back, in a transaction.
const BETWEEN: usize = 3;

/// One transaction a step: guards, the script as it is, its history row. `highest` is the highest version in the
/// history before the first step. What a script sets is put back after each.
pub(crate) fn apply(
    history: &HistoryTable,
    timeouts: Timeouts,
    settings: &Settings,
    mark: &Mark,
    steps: &[Step<'_>],
    mut highest: i64,
) -> Message {
    let mut message = Message::default();
    for (at, step) in steps.iter().enumerate() {
        let version = step.migration.version();
        let before = if at == 0 { 0 } else { BETWEEN };
        let (begin, guards) = begin(history, timeouts, &history.is_unchanged(highest, version));
        let _ = writeln!(message.sql, "{begin}{}", history.begin(&step.migration));
        let start = message.sql.len();
        message.sql += step.migration.up().text();
        message.transactions.push(Transaction {
            guards: before + guards.start..before + guards.end,
            // The last is the INSERT of the history row.
            prologue: before + guards.end + 1,
            script: start..message.sql.len(),
        });
        let (identity, finish) = (settings.assume_identity(), history.finish(&step.migration, mark));
        // The line break ends a comment, the semicolon a statement, that the script may end with.
        let _ = write!(message.sql, "\n;\n{identity}\n{finish};\nCOMMIT;\n");
        // A transaction of its own: else it would be the beginning of the next, under the defaults that it replaces.
        let _ = write!(message.sql, "BEGIN;\n{}\nCOMMIT;\n", settings.restore());
        highest = highest.max(version);
    }
    message.sql += &settings.sweep();
    message
}

/// One transaction of this crate's own statements, under the guard of the lock and one more condition.
pub(crate) fn own(history: &HistoryTable, timeouts: Timeouts, condition: &str, sql: &str) -> Own {
    let (begin, guards) = begin(history, timeouts, condition);
    Own { sql: format!("{begin}SET LOCAL search_path = pg_catalog, pg_temp;\n{sql}\nCOMMIT;\n"), guards }
}

/// The beginning of a transaction, and which of its statements are guards: the last two.
fn begin(history: &HistoryTable, timeouts: Timeouts, condition: &str) -> (String, Range<usize>) {
    let mut statements = vec!["BEGIN ISOLATION LEVEL READ COMMITTED".to_owned()];
    statements.extend(limits(timeouts));
    let lock = format!("pg_catalog.pg_try_advisory_xact_lock({})", history.lock_key());
    statements.push(require(&lock, "another process is applying migrations"));
    // A statement of its own: its snapshot must be younger than the lock.
    statements.push(require(condition, "another process has applied migrations since the history was read"));
    (statements.join(";\n") + ";\n", statements.len() - 2..statements.len())
}

/// The beginning of a transaction for one statement of a migration that has none as a whole.
pub(crate) fn begin_statement(timeouts: Timeouts) -> String {
    let limits: Vec<String> = limits(timeouts).map(|limit| format!("{limit};\n")).collect();
    format!("BEGIN;\n{}", limits.concat())
}

fn limits(timeouts: Timeouts) -> impl Iterator<Item = String> {
    // The settings are integers of milliseconds.
    let milliseconds = |value: Duration| i32::try_from(value.as_millis()).unwrap_or(i32::MAX);
    let set = |name: &str, value: Duration| format!("SET LOCAL {name} = {}", milliseconds(value));
    let lock = timeouts.lock.map(|value| set("lock_timeout", value));
    let statement = timeouts.statement.map(|value| set("statement_timeout", value));
    lock.into_iter().chain(statement)
}

/// A query that fails unless the condition holds. The text ends up in the server's log, as the boolean that it is not;
/// `concat` keeps the planner from converting it before the condition is known.
fn require(condition: &str, otherwise: &str) -> String {
    let otherwise = literal(&format!("migrate: {otherwise}"));
    format!("SELECT CASE WHEN {condition} THEN true ELSE pg_catalog.concat({otherwise})::pg_catalog.bool END")
}
