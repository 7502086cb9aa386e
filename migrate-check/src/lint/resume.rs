//! Scripts without a transaction, which go on after a failure at the statement that was cut.

use squawk_syntax::ast::{AstNode as _, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;

pub(super) const MISSING_IF: Lint = Lint {
    name: "missing-if-exists",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a statement that may run twice does not say IF EXISTS or IF NOT EXISTS",
    why: "What PostgreSQL refuses in a transaction cannot be recorded together with what it does. If the process is killed \
          after such a statement and before its record, the next run gives it again, and it fails because it is done. A \
          half-built index is no reason to leave the words out: the runtime drops it before it tries again.",
    instead: "write IF NOT EXISTS, or IF EXISTS",
    sql: "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);",
    manual: "CREATE INDEX; DROP INDEX",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    if examiner.mode.is_transactional {
        return;
    }
    let words = match stmt {
        Stmt::CreateIndex(it) if it.concurrently_token().is_some() && it.if_not_exists().is_none() => {
            "IF NOT EXISTS"
        }
        Stmt::DropIndex(it) if it.concurrently_token().is_some() && it.if_exists().is_none() => "IF EXISTS",
        Stmt::DropDatabase(it) if it.if_exists().is_none() => "IF EXISTS",
        _ => return,
    };
    let message = format!("without {words} this fails when it runs again after a crash");
    examiner.report(&MISSING_IF, stmt.syntax(), None, message);
}
