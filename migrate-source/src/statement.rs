//! What the runtime asks about one statement when it sends it.

use crate::lexer::{self, Token};
use crate::rules::{self, Objection, Words};

/// Whether PostgreSQL refuses the statement inside a transaction block, as far as its text decides that.
pub fn is_refused_in_transaction(statement: &str) -> bool {
    let tokens: Vec<Token> = lexer::without_comments(statement).collect();
    matches!(rules::objection(Words::new(statement, &tokens)), Some(Objection::RefusedInTransaction(_)))
}

/// Whether the statement changes settings of the session, which the statements after it may rely on: `SET`, `RESET`, or
/// a query of `set_config`.
pub fn changes_session(statement: &str) -> bool {
    let tokens: Vec<Token> = lexer::without_comments(statement).take(4).collect();
    let is = |at: usize, word: &str| {
        let text = tokens.get(at).map_or("", |token| &statement[token.start..token.end]);
        text.eq_ignore_ascii_case(word)
    };
    let sets = is(0, "set") && !is(1, "local") && !is(1, "constraints") && !is(1, "transaction");
    let set_config = is(0, "select") && (is(1, "set_config") || (is(1, "pg_catalog") && is(3, "set_config")));
    sets || is(0, "reset") || set_config
}

/// Whether the statement may leave settings of the session changed, as far as its text shows: [`changes_session`], a block
/// or procedure, or a word of `set_config`.
pub fn may_change_session(statement: &str) -> bool {
    let first = lexer::without_comments(statement).next();
    let first = first.map_or("", |token| &statement[token.start..token.end]);
    let runs_code = first.eq_ignore_ascii_case("do") || first.eq_ignore_ascii_case("call");
    let name = b"set_config";
    let names_it =
        || statement.as_bytes().windows(name.len()).any(|window| window.eq_ignore_ascii_case(name));
    runs_code || changes_session(statement) || names_it()
}

/// Whether the statement is `RESET ALL`.
pub fn resets_all(statement: &str) -> bool {
    is_two_words(statement, "reset")
}

/// Whether the statement is `DISCARD ALL`.
pub fn discards_all(statement: &str) -> bool {
    is_two_words(statement, "discard")
}

fn is_two_words(statement: &str, first: &str) -> bool {
    let mut words = lexer::without_comments(statement).map(|token| &statement[token.start..token.end]);
    [first, "all"].iter().all(|word| words.next().is_some_and(|found| found.eq_ignore_ascii_case(word)))
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
    fn what_may_change_the_session() {
        for sql in ["SET a.b = 1", "DO $$ BEGIN END $$", "call p()", "SELECT 1, SET_CONFIG('a', 'b', false)"]
        {
            assert!(may_change_session(sql), "{sql}");
        }
        for sql in ["CREATE TABLE t ()", "ALTER TABLE t ALTER a SET NOT NULL", "UPDATE t SET a = 1", ""] {
            assert!(!may_change_session(sql), "{sql}");
        }
    }

    #[test]
    fn resets_of_the_session() {
        assert!(resets_all("RESET /* x */ all") && !resets_all("RESET ROLE") && !resets_all("DISCARD ALL"));
        assert!(discards_all("discard ALL") && !discards_all("DISCARD PLANS") && !discards_all("DISCARD"));
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
