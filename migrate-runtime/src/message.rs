//! The messages that bring the history forward: what stands around a migration's own SQL in its transaction.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::history::HistoryTable;
use crate::identifier::literal;
use crate::plan::Step;

/// The limits that hold inside each transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) lock: Option<Duration>,
    pub(crate) statement: Option<Duration>,
}

/// A message of transactions, one a step.
pub(crate) struct Message {
    pub(crate) sql: String,
    /// Where the script of each step stands in `sql`.
    pub(crate) scripts: Vec<Range<usize>>,
    /// How many statements come before the script of a step.
    pub(crate) prologue: usize,
}

/// Whether an error that came after this many statements of a transaction is a guard's way to say no: its own error, at
/// its own place, rather than something that went wrong.
pub(crate) fn is_no(timeouts: Timeouts, completed: usize, error: &Error) -> bool {
    let first = 1 + settings(timeouts).count();
    (first..first + 2).contains(&completed) && error.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION)
}

/// One transaction a step: guards, the script as it is, its history row. `highest` is the highest version in the
/// history before the first step.
pub(crate) fn apply(history: &HistoryTable, timeouts: Timeouts, steps: &[Step<'_>], highest: i64) -> Message {
    let mut message = Message { sql: String::new(), scripts: Vec::new(), prologue: 0 };
    let mut highest = highest;
    for step in steps {
        let version = step.migration.version();
        let (sql, guards) = begin(history, timeouts, &history.is_unchanged(highest, version));
        message.prologue = guards + 1;
        let _ = writeln!(message.sql, "{sql}{}", history.begin(&step.migration));
        let start = message.sql.len();
        message.sql += step.migration.up().text();
        message.scripts.push(start..message.sql.len());
        // The line break ends a comment, the semicolon a statement, that the script may end with.
        let _ = write!(message.sql, "\n;\n{};\nCOMMIT;\n", history.finish(&step.migration));
        highest = highest.max(version);
    }
    message
}

/// One transaction of this crate's own statements, under the guard of the lock and one more condition.
pub(crate) fn own(history: &HistoryTable, timeouts: Timeouts, condition: &str, sql: &str) -> String {
    let (begin, _) = begin(history, timeouts, condition);
    format!("{begin}SET LOCAL search_path = pg_catalog, pg_temp;\n{sql}\nCOMMIT;\n")
}

fn begin(history: &HistoryTable, timeouts: Timeouts, condition: &str) -> (String, usize) {
    let mut statements = vec!["BEGIN ISOLATION LEVEL READ COMMITTED".to_owned()];
    statements.extend(settings(timeouts));
    let lock = format!("pg_catalog.pg_try_advisory_xact_lock({})", history.lock_key());
    statements.push(require(&lock, "another process is applying migrations"));
    // A statement of its own: its snapshot must be younger than the lock.
    statements.push(require(condition, "another process has applied migrations since the history was read"));
    (statements.join(";\n") + ";\n", statements.len())
}

fn settings(timeouts: Timeouts) -> impl Iterator<Item = String> {
    let set = |name: &str, value: Duration| format!("SET LOCAL {name} = {}", value.as_millis());
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
