//! One statement, read token by token from left to right, and the names in it. It knows no kind of statement.

use std::fmt;

use crate::lexer::{self, Token, TokenKind};

/// The tokens of a statement without its comments, read from left to right.
pub(crate) struct Tokens<'a> {
    pub(crate) text: &'a str,
    pub(crate) list: Vec<Token>,
    pub(crate) at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, list: lexer::without_comments(text).collect(), at: 0 }
    }

    pub(crate) fn take_if_exists(&mut self) {
        let _ = self.take("if") && self.take("exists");
    }

    /// The `*` that may stand behind a table's name.
    pub(crate) fn take_star(&mut self) {
        self.take_symbol('*');
    }

    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        let is = self.is_symbol(symbol);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn is_left(&self) -> bool {
        self.at < self.list.len()
    }

    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    /// Goes on behind the next comma that is in no parentheses.
    pub(crate) fn skip_behind_comma(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.list.get(self.at) {
            self.at += 1;
            match token.kind {
                TokenKind::Symbol('(' | '[') => depth += 1,
                TokenKind::Symbol(')' | ']') => depth = depth.saturating_sub(1),
                TokenKind::Symbol(',') if depth == 0 => return,
                _ => {}
            }
        }
    }

    /// Whether the word comes somewhere from here on.
    pub(crate) fn has(&self, word: &str) -> bool {
        let is_it = |token: &Token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        };
        self.list.iter().skip(self.at).any(is_it)
    }

    /// The next text in quotes, with them.
    pub(crate) fn literal(&self) -> Option<&'a str> {
        let token = self.list.iter().skip(self.at).find(|token| token.kind == TokenKind::Literal)?;
        Some(&self.text[token.start..token.end])
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.list.get(self.at).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        })
    }

    pub(crate) fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn is_symbol(&self, symbol: char) -> bool {
        self.list.get(self.at).is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    /// `name`, `ONLY name`, `ONLY (name)`
    pub(crate) fn relation(&mut self) -> Option<QualifiedName> {
        let is_in_parentheses = self.take("only") && self.is_symbol('(');
        self.at += usize::from(is_in_parentheses);
        let name = self.qualified_name()?;
        if is_in_parentheses && !self.is_symbol(')') {
            return None;
        }
        self.at += usize::from(is_in_parentheses);
        Some(name)
    }

    pub(crate) fn qualified_name(&mut self) -> Option<QualifiedName> {
        let mut parts = vec![self.identifier()?];
        while self.is_symbol('.') {
            self.at += 1;
            parts.push(self.identifier()?);
        }
        Some(QualifiedName { parts })
    }

    /// A name as the catalog has it: folded to lower case or without its quotes, and cut off.
    pub(crate) fn identifier(&mut self) -> Option<String> {
        let token = *self.list.get(self.at)?;
        self.at += 1;
        let text = &self.text[token.start..token.end];
        let mut name = match token.kind {
            TokenKind::Word => text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => {
                let (prefix, inner) = text.split_once('"')?;
                let inner = inner.strip_suffix('"')?.replace("\"\"", "\"");
                match prefix {
                    "" => inner,
                    _ if self.is("uescape") => return None,
                    _ => unescaped(&inner)?,
                }
            }
            _ => return None,
        };
        let end = (0..=LONGEST_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end))?;
        name.truncate(end);
        Some(name)
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.list.get(self.at).map_or("", |token| &self.text[token.start..])
    }
}

pub(crate) struct QualifiedName {
    pub(crate) parts: Vec<String>,
}

/// Each part in quotes.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(|part| quoted(part)).collect();
        f.write_str(&parts.join("."))
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `NAMEDATALEN - 1`: PostgreSQL cuts off what is longer (manual, 4.1.1).
const LONGEST_NAME: usize = 63;

/// The text of `U&"…"`: `\0041`, `\+000041` and `\\` (manual, 4.1.2.3).
fn unescaped(text: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        name += before;
        rest = if let Some(after) = escape.strip_prefix('\\') {
            name.push('\\');
            after
        } else {
            let (digits, length) = escape.strip_prefix('+').map_or((escape, 4), |digits| (digits, 6));
            let code = digits.get(..length).and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
            name.push(char::from_u32(code)?);
            &digits[length..]
        };
    }
    Some(name + rest)
}
