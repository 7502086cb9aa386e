//! Which index a statement builds or drops concurrently: what a cut one leaves behind is found by it.

use crate::lexer::{Lexer, Token, TokenKind};

/// The index that `CREATE INDEX CONCURRENTLY` builds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuiltIndex<'a> {
    /// The name as the catalog has it: folded to lower case, or without its quotes. It is in its table's schema.
    pub name: String,
    /// The table as the statement names it, with schema if there is one.
    pub table: &'a str,
}

/// Reads `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON [ONLY] table …`. `None`: the statement is
/// something else, or leaves the name to PostgreSQL.
pub fn index_built_concurrently(statement: &str) -> Option<BuiltIndex<'_>> {
    let mut tokens = Tokens { text: statement, lexer: Lexer::new(statement) };
    tokens.word("create")?;
    let mut token = tokens.next()?;
    if tokens.is(token, "unique") {
        token = tokens.next()?;
    }
    if !tokens.is(token, "index") {
        return None;
    }
    tokens.word("concurrently")?;
    token = tokens.next()?;
    if tokens.is(token, "if") {
        tokens.word("not")?;
        tokens.word("exists")?;
        token = tokens.next()?;
    }
    if tokens.is(token, "on") {
        return None;
    }
    let name = identifier(&statement[token.start..token.end], token.kind)?;
    tokens.word("on")?;
    let mut first = tokens.next()?;
    if tokens.is(first, "only") {
        first = tokens.next()?;
    }
    Some(BuiltIndex { name, table: tokens.qualified_name(first)? })
}

/// Reads `DROP INDEX CONCURRENTLY [IF EXISTS] name …`: the name as the statement has it, with schema if there is one.
/// PostgreSQL takes only one. `None`: the statement is something else.
pub fn index_dropped_concurrently(statement: &str) -> Option<&str> {
    let mut tokens = Tokens { text: statement, lexer: Lexer::new(statement) };
    tokens.word("drop")?;
    tokens.word("index")?;
    tokens.word("concurrently")?;
    let mut first = tokens.next()?;
    if tokens.is(first, "if") {
        tokens.word("exists")?;
        first = tokens.next()?;
    }
    tokens.qualified_name(first)
}

struct Tokens<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
}

impl<'a> Tokens<'a> {
    /// The name that begins with this token, and one token after it.
    fn qualified_name(&mut self, first: Token) -> Option<&'a str> {
        let mut last = first;
        while self.next().is_some_and(|dot| dot.kind == TokenKind::Symbol('.')) {
            last = self.next()?;
        }
        Some(&self.text[first.start..last.end])
    }

    /// The next token that is no comment.
    fn next(&mut self) -> Option<Token> {
        loop {
            let token = self.lexer.next_token().ok()??;
            if !token.kind.is_comment() {
                return Some(token);
            }
        }
    }

    /// The next token, if it is this word.
    fn word(&mut self, word: &str) -> Option<Token> {
        let token = self.next()?;
        self.is(token, word).then_some(token)
    }

    fn is(&self, token: Token, word: &str) -> bool {
        token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
    }
}

/// `None` for `U&"…"`, whose escapes nobody uses for an index.
fn identifier(text: &str, kind: TokenKind) -> Option<String> {
    match kind {
        TokenKind::Word => Some(text.to_ascii_lowercase()),
        TokenKind::QuotedIdentifier => {
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            Some(inner.replace("\"\"", "\""))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, expected: Option<(&str, &str)>) {
        let found = index_built_concurrently(statement);
        let found = found.as_ref().map(|index| (&*index.name, index.table));
        assert_eq!(found, expected, "{statement}");
    }

    #[test]
    fn names() {
        check("CREATE INDEX CONCURRENTLY i ON t (a)", Some(("i", "t")));
        check(
            "create unique /* x */ index concurrently if not exists Idx on only s.\"T\" using btree (a)",
            Some(("idx", "s.\"T\"")),
        );
        check("CREATE INDEX CONCURRENTLY \"a\"\"B\" ON t(a)", Some(("a\"B", "t")));
        check("CREATE INDEX CONCURRENTLY ON t (a)", None);
        check("CREATE INDEX i ON t (a)", None);
        check("DROP INDEX CONCURRENTLY i", None);
        check("VACUUM t", None);
    }

    #[test]
    fn what_is_dropped() {
        for (statement, expected) in [
            ("DROP INDEX CONCURRENTLY i", Some("i")),
            ("drop index concurrently /* x */ if exists s . \"I\" cascade", Some("s . \"I\"")),
            ("DROP INDEX i", None),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", None),
        ] {
            assert_eq!(index_dropped_concurrently(statement), expected, "{statement}");
        }
    }
}
