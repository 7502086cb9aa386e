//! What can be run inside a transaction in the place of a statement that PostgreSQL refuses there.

use std::ops::Range;

use crate::lexer::{self, Token, TokenKind};
use crate::standalone::{Reindexed, Standalone, standalone};
use crate::statement::is_refused_in_transaction;

/// What stands for a statement inside a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Equivalent {
    /// The statement itself.
    Itself,
    /// The same statement without `CONCURRENTLY`, which locks more than that one does.
    Locking {
        /// The statement, as many bytes long as the original, so that each thing is where it was.
        text: String,
        /// The table or index that it locks, each part quoted.
        relation: String,
    },
    /// Nothing: it changes neither the schema nor the rows (`VACUUM`, `REINDEX SCHEMA`).
    Nothing,
    /// There is none.
    None,
}

/// What stands for the statement inside a transaction, as far as its text decides that.
pub fn equivalent_in_transaction(statement: &str) -> Equivalent {
    if !is_refused_in_transaction(statement) {
        return Equivalent::Itself;
    }
    let relation = match standalone(statement) {
        Some(Standalone::BuildIndex(build)) => build.table,
        Some(Standalone::DropIndex(index)) => index,
        Some(Standalone::Reindex(Reindexed::Index | Reindexed::Table, Some(name))) => name,
        Some(Standalone::Detach { parent, .. }) => parent,
        _ if changes_nothing(statement) => return Equivalent::Nothing,
        _ => return Equivalent::None,
    };
    match without_concurrently(statement) {
        Some(text) => Equivalent::Locking { text, relation },
        None => Equivalent::None,
    }
}

/// Whether it only rearranges what is there. `REINDEX` of one index or table is another matter, since it can be run.
fn changes_nothing(statement: &str) -> bool {
    let first = lexer::without_comments(statement).next();
    let first = first.map_or("", |token| &statement[token.start..token.end]);
    ["vacuum", "cluster", "reindex"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// The statement with blanks in the place of its `CONCURRENTLY`, which has to be there.
pub(crate) fn without_concurrently(statement: &str) -> Option<String> {
    let tokens: Vec<Token> = lexer::without_comments(statement).collect();
    let is_word = |token: &&Token| {
        token.kind == TokenKind::Word
            && statement[token.start..token.end].eq_ignore_ascii_case("concurrently")
    };
    let is_alter = statement[tokens.first()?.start..].get(..5)?.eq_ignore_ascii_case("alter");
    // It is the last word of a DETACH, and comes before every name elsewhere.
    let word = if is_alter { tokens.iter().rfind(is_word) } else { tokens.iter().find(is_word) }?;
    let is_option = tokens.get(1).is_some_and(|token| token.kind == TokenKind::Symbol('('));
    let instead = if is_option { "VERBOSE" } else { "" };
    Some(replaced(statement, word.start..word.end, instead))
}

/// The text with something else in its place, and blanks up to its end.
fn replaced(text: &str, range: Range<usize>, instead: &str) -> String {
    let width = range.len();
    format!("{}{instead:width$}{}", &text[..range.start], &text[range.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_is_the_same_but_for_its_locks() {
        let locking = |text: &str, relation: &str| Equivalent::Locking {
            text: text.to_owned(),
            relation: relation.to_owned(),
        };
        let cases = [
            (
                "CREATE UNIQUE INDEX /* concurrently */ concurrently i ON s.t (a) WHERE concurrently",
                locking(
                    "CREATE UNIQUE INDEX /* concurrently */              i ON s.t (a) WHERE concurrently",
                    "\"s\".\"t\"",
                ),
            ),
            ("DROP INDEX CONCURRENTLY IF EXISTS I", locking("DROP INDEX              IF EXISTS I", "\"i\"")),
            ("REINDEX TABLE CONCURRENTLY t", locking("REINDEX TABLE              t", "\"t\"")),
            ("REINDEX (CONCURRENTLY) INDEX i", locking("REINDEX (VERBOSE     ) INDEX i", "\"i\"")),
            (
                "ALTER TABLE \"concurrently\" DETACH PARTITION p CONCURRENTLY",
                locking("ALTER TABLE \"concurrently\" DETACH PARTITION p             ", "\"concurrently\""),
            ),
            ("VACUUM", Equivalent::Nothing),
            ("VACUUM (FULL) t", Equivalent::Nothing),
            ("CLUSTER", Equivalent::Nothing),
            ("REINDEX SCHEMA CONCURRENTLY s", Equivalent::Nothing),
            ("REINDEX DATABASE", Equivalent::Nothing),
            ("CREATE DATABASE d", Equivalent::None),
            ("ALTER SYSTEM SET work_mem = '4MB'", Equivalent::None),
            ("DISCARD ALL", Equivalent::None),
            ("ALTER TYPE t ADD VALUE 'x'", Equivalent::Itself),
            ("CREATE INDEX i ON t (a)", Equivalent::Itself),
            ("CLUSTER t", Equivalent::Itself),
        ];
        for (statement, expected) in cases {
            let found = equivalent_in_transaction(statement);
            if let Equivalent::Locking { text, .. } = &found {
                assert_eq!(text.len(), statement.len(), "{statement}");
            }
            assert_eq!(found, expected, "{statement}");
        }
    }
}
