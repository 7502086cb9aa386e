//! The rows of an INSERT that are plain values: so plain that no parser need look at them. It finds no fault.

use crate::lexer::{self, Token, TokenKind};

/// `INSERT INTO … VALUES (1, 'a'), (2, 'b')`, as byte offsets of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainRows {
    /// Where the word `VALUES` ends.
    pub head_end: usize,
    /// Where the first row ends.
    pub first_end: usize,
    /// Where the last row ends that is plain, and so are all before it.
    pub end: usize,
}

/// The types to which a plain value may be cast. They have one word each, which is no reserved one.
const TYPES: [&str; 24] = [
    "bigint",
    "bool",
    "boolean",
    "bytea",
    "date",
    "float4",
    "float8",
    "inet",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
    "varchar",
];

const CONSTANTS: [&str; 4] = ["null", "true", "false", "default"];

/// What the next token must be for a row to be plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Row,
    Value,
    Number,
    Type,
    /// A second `:`, where the first was.
    Colon(usize),
    /// What follows a string, which may go on in the next line.
    AfterString,
    AfterValue,
    AfterRow,
}

/// `None`: the statement is no INSERT, or its first row is not plain.
///
/// A value is a number in decimal digits, with a sign or without; a string in single quotes without a prefix; `NULL`,
/// `TRUE`, `FALSE` or `DEFAULT`; and one of these cast to a common type. Wherever one of them is SQL, any other is.
pub fn plain_rows(sql: &str) -> Option<PlainRows> {
    let text = |token: Token| &sql[token.start..token.end];
    let is_word =
        |token: Token, word: &str| token.kind == TokenKind::Word && text(token).eq_ignore_ascii_case(word);
    let mut tokens = lexer::without_comments(sql);
    if !is_word(tokens.next()?, "insert") {
        return None;
    }
    let head_end = tokens.by_ref().find(|token| is_word(*token, "values"))?.end;
    let (mut first_end, mut end, mut next) = (None, 0, Next::Row);
    for token in tokens {
        next = match (next, token.kind) {
            (Next::Row, TokenKind::Symbol('('))
            | (Next::AfterString | Next::AfterValue, TokenKind::Symbol(',')) => Next::Value,
            (Next::Value, TokenKind::Symbol('-' | '+')) => Next::Number,
            (Next::Value | Next::Number, TokenKind::Number) if is_decimal(text(token)) => Next::AfterValue,
            (Next::Value, TokenKind::Literal) if text(token).starts_with('\'') => Next::AfterString,
            (Next::AfterString, TokenKind::Continuation) => Next::AfterString,
            (Next::Value, TokenKind::Word) if is_any(text(token), &CONSTANTS) => Next::AfterValue,
            (Next::AfterString | Next::AfterValue, TokenKind::Symbol(':')) => Next::Colon(token.end),
            (Next::Colon(at), TokenKind::Symbol(':')) if at == token.start => Next::Type,
            (Next::Type, TokenKind::Word) if is_any(text(token), &TYPES) => Next::AfterValue,
            (Next::AfterString | Next::AfterValue, TokenKind::Symbol(')')) => {
                first_end.get_or_insert(token.end);
                end = token.end;
                Next::AfterRow
            }
            (Next::AfterRow, TokenKind::Symbol(',')) => Next::Row,
            _ => break,
        }
    }
    Some(PlainRows { head_end, first_end: first_end?, end })
}

fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// `12`, `1.5`.
fn is_decimal(number: &str) -> bool {
    let mut points = 0;
    for byte in number.bytes() {
        points += usize::from(byte == b'.');
        if !byte.is_ascii_digit() && byte != b'.' {
            return false;
        }
    }
    points <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the rows that are plain end, and what is behind them.
    #[track_caller]
    fn check(sql: &str, first: &str, behind: &str) {
        let rows = plain_rows(sql).expect("plain rows");
        assert_eq!(sql[..rows.head_end].split_whitespace().last(), Some("VALUES"), "{sql}");
        assert_eq!((sql[rows.head_end..rows.first_end].trim(), &sql[rows.end..]), (first, behind), "{sql}");
    }

    #[test]
    fn rows_that_are_plain() {
        check("INSERT INTO t VALUES (1), (2)", "(1)", "");
        check("insert into s.t (a, b) VALUES (1, 'a'''), -- ok\n (-2.5, NULL)", "(1, 'a''')", "");
        check(
            "INSERT INTO t VALUES ('a'\n'b', true), (DEFAULT, + .5) RETURNING a",
            "('a'\n'b', true)",
            " RETURNING a",
        );
        check(
            "INSERT INTO t VALUES ('{}'::jsonb, 1::bigint), ('a' :: TEXT, 2)",
            "('{}'::jsonb, 1::bigint)",
            "",
        );
        check("INSERT INTO \"values\" AS v VALUES (1)", "(1)", "");
    }

    #[test]
    fn rows_of_which_some_are_not() {
        for row in [
            "(now())",
            "(a)",
            "(1 + 1)",
            "(1",
            "()",
            "(1,)",
            "(- 'a')",
            "(1a)",
            "(1e5)",
            "(0x1)",
            "($1)",
            "(E'a')",
            "('a' 'b')",
            "($$a$$)",
            "('a'::select)",
            "('a'::numeric(1))",
            "('a'::int[])",
            "('a': :int)",
            "((1))",
            "(null null)",
            "(--1\n)",
            "(1.2.3)",
            "(- - 1)",
            "2",
            "(U&'a')",
            "('a'::text::text",
        ] {
            let rest = format!(", {row}, (3)");
            check(&format!("INSERT INTO t VALUES (1), (2){rest}"), "(1)", &rest);
        }
        check("INSERT INTO t VALUES (1),", "(1)", ",");
        check("INSERT INTO t VALUES (1) (2)", "(1)", " (2)");
        check("INSERT INTO t VALUES (1), (2), ('a", "(1)", ", ('a");
    }

    #[test]
    fn what_has_no_plain_row() {
        for sql in [
            "",
            "insert",
            "SELECT 1",
            "VALUES (1), (2)",
            "WITH a AS (SELECT 1) INSERT INTO t VALUES (1)",
            "INSERT INTO t SELECT 1",
            "INSERT INTO t DEFAULT VALUES",
            "INSERT INTO t VALUES (now()), (1)",
            "INSERT INTO values (a) VALUES (1)",
        ] {
            assert_eq!(plain_rows(sql), None, "{sql}");
        }
    }
}
