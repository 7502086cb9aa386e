//! PostgreSQL 18's own grammar: whether a statement is SQL. The tables are PostgreSQL's, so that no rule is laxer or stricter here.
//!
//! `make-tables` writes them anew for another version. What PostgreSQL's actions refuse beyond the rules is in `actions`.

mod actions;
mod cause;
mod parser;
mod scanner;
mod tables;

use std::ops::Range;

use scanner::NoToken;
pub(crate) use tables::VERSION;

/// Where a statement stops being SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The token that cannot stand there. `None`: the statement ends too early.
    pub(crate) range: Option<Range<usize>>,
    /// What to do, where the cause is certain.
    pub(crate) advice: Option<String>,
}

/// Checks one statement, or several with semicolons between.
///
/// # Errors
///
/// The first token that PostgreSQL refuses.
pub(crate) fn check(sql: &str) -> Result<(), Wrong> {
    let tokens = scanner::scan(sql).map_err(|NoToken(at)| {
        let text = &sql[at..];
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        Wrong { range: Some(at..at + end), advice: None }
    })?;
    let tree = parser::parse(tokens).map_err(|(stop, tokens)| Wrong {
        range: tokens.get(stop.at).map(|token| token.range.clone()),
        advice: cause::advice(sql, &tokens, stop.at),
    })?;
    let refused = actions::refused(sql, &tree);
    refused.map_or(Ok(()), |at| {
        Err(Wrong { range: tree.tokens.get(at).map(|token| token.range.clone()), advice: None })
    })
}
