//! Where the statements of a text are that may be no valid script: for who prepares one. It finds no fault.

use std::ops::Range;

use crate::boundary::StatementTokens;
use crate::lexer::{Lexer, TokenKind};
use crate::psql;
use crate::rules::{self, Objection, Words};

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlined {
    /// From its first token to its last, in bytes, without the semicolon.
    pub range: Range<usize>,
    /// Just behind its semicolon. `None`: it has none.
    pub end: Option<usize>,
}

/// The statements of a text. Commands of psql and the data of `COPY … FROM stdin` are passed over; what is never closed
/// ends the outline with the statement that it belongs to.
pub fn outline(text: &str) -> Vec<Outlined> {
    let mut lexer = Lexer::new(text);
    let mut statement = StatementTokens::default();
    let mut statements = Vec::new();
    loop {
        let token = match lexer.next_token() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(unterminated) => {
                let start = statement.tokens.first().map_or(unterminated.start, |first| first.start);
                statements.push(Outlined { range: start..text.len(), end: None });
                return statements;
            }
        };
        match token.kind {
            kind if kind.is_comment() => {}
            TokenKind::Backslash => {
                let line = text[token.start..].lines().next().unwrap_or_default();
                lexer.seek(token.start + line.len());
            }
            TokenKind::Symbol(';') if statement.may_end() => {
                let tokens = std::mem::take(&mut statement).tokens;
                let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
                statements.push(Outlined { range: first.start..last.end, end: Some(token.end) });
                if rules::objection(Words::new(text, &tokens)) == Some(Objection::CopyFromStdin) {
                    lexer.seek(psql::end_of_copy_data(text, token.end));
                }
            }
            _ => statement.push(token, &text[token.start..token.end]),
        }
    }
    if let (Some(first), Some(last)) = (statement.tokens.first(), statement.tokens.last()) {
        statements.push(Outlined { range: first.start..last.end, end: None });
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, bool)]) {
        let outline = outline(text);
        let found: Vec<_> = outline.iter().map(|one| (&text[one.range.clone()], one.end.is_some())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn statements_of_any_text() {
        check(
            "-- a\nBEGIN;\nselect ';' -- b\n ;; COMMIT",
            &[("BEGIN", true), ("select ';'", true), ("COMMIT", false)],
        );
        check(
            "\\set a b\nselect 1; copy t from stdin;\nx;y\n\\.\nselect 2",
            &[("select 1", true), ("copy t from stdin", true), ("select 2", false)],
        );
        check("select 1; select 'a;", &[("select 1", true), ("select 'a;", false)]);
        check("-- nothing", &[]);
    }
}
