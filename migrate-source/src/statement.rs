//! What the runtime asks about one statement of a migration without a transaction, when it sends it.

use crate::lexer;
use crate::rules::{self, Objection, Words};

/// Whether PostgreSQL refuses the statement inside a transaction block, as far as its text decides that.
pub fn is_refused_in_transaction(statement: &str) -> bool {
    let tokens = lexer::without_comments(statement);
    matches!(rules::objection(Words::new(statement, &tokens)), Some(Objection::RefusedInTransaction(_)))
}

/// Whether the statement changes settings of the session, which the statements after it may rely on: `SET`, `RESET`, or
/// a query of `set_config`.
pub fn changes_session(statement: &str) -> bool {
    let tokens = lexer::without_comments(statement);
    let is = |at: usize, word: &str| {
        let text = tokens.get(at).map_or("", |token| &statement[token.start..token.end]);
        text.eq_ignore_ascii_case(word)
    };
    let sets = is(0, "set") && !is(1, "local") && !is(1, "constraints") && !is(1, "transaction");
    let set_config = is(0, "select") && (is(1, "set_config") || (is(1, "pg_catalog") && is(3, "set_config")));
    sets || is(0, "reset") || set_config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        assert!(is_refused_in_transaction("CREATE /* x */ INDEX CONCURRENTLY i ON t (a)"));
        assert!(is_refused_in_transaction("VACUUM t"));
        assert!(!is_refused_in_transaction("INSERT INTO t VALUES (1)"));
    }

    #[test]
    fn changes_of_the_session() {
        for sql in [
            "SET search_path = app",
            "set session lock_timeout = 0",
            "SET ROLE owner",
            "RESET ALL",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "select set_config('a', 'b', false)",
        ] {
            assert!(changes_session(sql), "{sql}");
        }
        for sql in
            ["SET LOCAL lock_timeout = 0", "SET CONSTRAINTS ALL DEFERRED", "SELECT 1", "UPDATE t SET a = 1"]
        {
            assert!(!changes_session(sql), "{sql}");
        }
    }
}
