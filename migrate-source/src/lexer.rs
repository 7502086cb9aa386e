//! PostgreSQL's lexical rules: cuts a text into tokens with exact byte ranges.
//! It knows nothing of statements or migrations.
//!
//! The rules are those of the manual's section 4.1 "Lexical Structure", with `standard_conforming_strings` on,
//! which is the only setting that PostgreSQL 19 still has and the default since 9.1.

use crate::bytes::{CLASS, DIGIT, IN_LINE, NUMBER, SPACE, TAG, WORD, WORD_START};

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `-- …` to the end of the line, without the line ending.
    LineComment,
    /// `/* … */`, nested ones included.
    BlockComment,
    /// A key word or an identifier without quotes.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedIdentifier,
    /// `'…'` with any prefix (`E`, `B`, `X`, `N`, `U&`), or `$tag$…$tag$`.
    Literal,
    /// `'…'` that goes on with the string before it, as a line break stands between them.
    Continuation,
    /// A number, or a parameter like `$1`.
    Number,
    /// `\`, which SQL has no use for outside literals: the beginning of a psql command.
    Backslash,
    /// Any other character, one a token.
    Symbol(char),
}

impl TokenKind {
    pub(crate) fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }
}

/// A piece of the text: `text[start..end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A token that begins and has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unterminated {
    pub(crate) what: Delimited,
    /// Byte offset of its first character.
    pub(crate) start: usize,
}

/// What can lack its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delimited {
    /// `'…'`
    String,
    /// `"…"`
    QuotedIdentifier,
    /// `/* … */`
    Comment,
    /// `$tag$…$tag$`
    DollarQuote,
}

/// The tokens of a text, in order; white space is passed over.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The quote at which the last string goes on, and whether a backslash escapes in it.
    goes_on: Option<(usize, bool)>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, goes_on: None }
    }

    /// Goes on at another byte offset, which must be a character boundary.
    pub(crate) fn seek(&mut self, offset: usize) {
        self.at = offset;
    }

    /// The next token, or `None` at the end of the text.
    pub(crate) fn next_token(&mut self) -> Result<Option<Token>, Unterminated> {
        self.at = self.behind(self.at, SPACE);
        let start = self.at;
        let bytes = self.text.as_bytes();
        if start >= bytes.len() {
            return Ok(None);
        }
        let first = bytes[start];
        let second = if start + 1 < bytes.len() { bytes[start + 1] } else { 0 };
        let (kind, end) = match first {
            b'-' if second == b'-' => (TokenKind::LineComment, self.behind(start, IN_LINE)),
            b'/' if second == b'*' => (TokenKind::BlockComment, self.block_comment(start)?),
            b'\'' => match self.goes_on {
                Some((quote, escapes)) if quote == start => {
                    (TokenKind::Continuation, self.string(start, start, escapes)?)
                }
                _ => (TokenKind::Literal, self.string(start, start, false)?),
            },
            b'"' => (TokenKind::QuotedIdentifier, self.identifier(start, start)?),
            b'$' => self.dollar(start)?,
            b'\\' => (TokenKind::Backslash, start + 1),
            b'0'..=b'9' => (TokenKind::Number, self.number(start)),
            b'.' if second.is_ascii_digit() => (TokenKind::Number, self.number(start)),
            _ if CLASS[first as usize] & WORD_START != 0 => self.word(start)?,
            // All that is not ASCII begins a word.
            _ => (TokenKind::Symbol(char::from(first)), start + 1),
        };
        self.at = end;
        Ok(Some(Token { kind, start, end }))
    }

    /// A word, or a literal whose prefix looks like one.
    fn word(&mut self, start: usize) -> Result<(TokenKind, usize), Unterminated> {
        let rest = self.rest(start).as_bytes();
        let second = rest.get(1).copied();
        match (rest[0].to_ascii_lowercase(), second) {
            (b'e', Some(b'\'')) => Ok((TokenKind::Literal, self.string(start, start + 1, true)?)),
            (b'b' | b'x' | b'n', Some(b'\'')) => {
                Ok((TokenKind::Literal, self.string(start, start + 1, false)?))
            }
            (b'u', Some(b'&')) if rest.get(2) == Some(&b'\'') => {
                Ok((TokenKind::Literal, self.string(start, start + 2, false)?))
            }
            (b'u', Some(b'&')) if rest.get(2) == Some(&b'"') => {
                Ok((TokenKind::QuotedIdentifier, self.identifier(start, start + 2)?))
            }
            _ => Ok((TokenKind::Word, self.behind(start, WORD))),
        }
    }

    /// The end of the string whose opening quote is at `quote`.
    fn string(&mut self, start: usize, quote: usize, escapes: bool) -> Result<usize, Unterminated> {
        let bytes = self.text.as_bytes();
        let mut at = quote + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if escapes => at += 2,
                b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
                // What follows on another line in quotes is the same string, under the same rules (4.1.2.1).
                b'\'' => {
                    self.goes_on = self.continuation(at + 1).map(|quote| (quote, escapes));
                    return Ok(at + 1);
                }
                _ => at += 1,
            }
        }
        Err(Unterminated { what: Delimited::String, start })
    }

    /// The quote that continues a string which was closed just before `at`: only white space and line comments
    /// stand between, with at least one line break.
    fn continuation(&self, mut at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut line_break = false;
        loop {
            match bytes.get(at)? {
                b'\n' | b'\r' => {
                    line_break = true;
                    at += 1;
                }
                b'\'' => return line_break.then_some(at),
                b'-' if bytes.get(at + 1) == Some(&b'-') => {
                    at = self.behind(at, IN_LINE);
                }
                b if CLASS[*b as usize] & SPACE != 0 => at += 1,
                _ => return None,
            }
        }
    }

    fn identifier(&self, start: usize, quote: usize) -> Result<usize, Unterminated> {
        let bytes = self.text.as_bytes();
        let mut at = quote + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'"' if bytes.get(at + 1) == Some(&b'"') => at += 2,
                b'"' => return Ok(at + 1),
                _ => at += 1,
            }
        }
        Err(Unterminated { what: Delimited::QuotedIdentifier, start })
    }

    fn block_comment(&self, start: usize) -> Result<usize, Unterminated> {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (start + 2, 1);
        while at < bytes.len() {
            match bytes[at] {
                b'/' if bytes.get(at + 1) == Some(&b'*') => (at, depth) = (at + 2, depth + 1),
                b'*' if bytes.get(at + 1) == Some(&b'/') => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
            if depth == 0 {
                return Ok(at);
            }
        }
        Err(Unterminated { what: Delimited::Comment, start })
    }

    /// `$tag$…$tag$`, a parameter like `$1`, or a stray `$`.
    fn dollar(&self, start: usize) -> Result<(TokenKind, usize), Unterminated> {
        let digits_end = self.behind(start + 1, DIGIT);
        if digits_end > start + 1 {
            return Ok((TokenKind::Number, digits_end));
        }
        let open_end = self.behind(start + 1, TAG) + 1;
        if self.text.as_bytes().get(open_end - 1) != Some(&b'$') {
            return Ok((TokenKind::Symbol('$'), start + 1));
        }
        let delimiter = &self.text[start..open_end];
        match self.rest(open_end).find(delimiter) {
            Some(found) => Ok((TokenKind::Literal, open_end + found + delimiter.len())),
            None => Err(Unterminated { what: Delimited::DollarQuote, start }),
        }
    }

    /// The end of a number, in which the sign of a decimal exponent is part of it: `.5e-3`.
    fn number(&self, start: usize) -> usize {
        let end = self.behind(start, NUMBER);
        let bytes = self.text.as_bytes();
        let mantissa = bytes[start..end].strip_suffix(b"e").or_else(|| bytes[start..end].strip_suffix(b"E"));
        let is_decimal = mantissa.is_some_and(|digits| !digits.iter().any(u8::is_ascii_alphabetic));
        let signed =
            matches!(bytes.get(end), Some(b'+' | b'-')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if is_decimal && signed { self.behind(end + 1, NUMBER) } else { end }
    }

    fn rest(&self, at: usize) -> &'a str {
        &self.text[at..]
    }

    /// Where the bytes of a class end that stand from `at` on.
    fn behind(&self, mut at: usize, class: u8) -> usize {
        let bytes = self.text.as_bytes();
        while at < bytes.len() && CLASS[bytes[at] as usize] & class != 0 {
            at += 1;
        }
        at
    }
}

/// The tokens of a statement, without comments. What has no end, which no script has, reaches to the end of the text.
pub(crate) fn without_comments(statement: &str) -> impl Iterator<Item = Token> {
    let mut lexer = Lexer::new(statement);
    let mut is_open = true;
    let all = std::iter::from_fn(move || {
        is_open.then(|| lexer.next_token()).and_then(|token| {
            token.unwrap_or_else(|Unterminated { start, .. }| {
                is_open = false;
                Some(Token { kind: TokenKind::Literal, start, end: statement.len() })
            })
        })
    });
    all.filter(|token| !token.kind.is_comment())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        while let Some(token) = lexer.next_token().expect("terminated") {
            found.push(&text[token.start..token.end]);
        }
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check_unterminated(text: &str, what: Delimited, start: usize) {
        let mut lexer = Lexer::new(text);
        let found = loop {
            match lexer.next_token() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{text:?} lexes to its end"),
                Err(unterminated) => break unterminated,
            }
        };
        assert_eq!(found, Unterminated { what, start });
    }

    #[test]
    fn strings() {
        check("'a''b' 'c'", &["'a''b'", "'c'"]);
        check(r"'a\' x", &[r"'a\'", "x"]);
        check(r"E'a\'b' e'\\'", &[r"E'a\'b'", r"e'\\'"]);
        check("B'01' x'ff' N'n' U&'\\0061' u&\"x\"", &["B'01'", "x'ff'", "N'n'", "U&'\\0061'", "u&\"x\""]);
        check("te'x'", &["te", "'x'"]);
    }

    #[test]
    fn an_escape_string_goes_on_in_the_next_line_under_the_same_rules() {
        check("E'a'\n  'b\\'c'\r'd\\'e' f", &["E'a'", "'b\\'c'", "'d\\'e'", "f"]);
        check("E'a' -- note\n 'b\\'c' d", &["E'a'", "-- note", "'b\\'c'", "d"]);
        check("E'a' 'b\\' d", &["E'a'", "'b\\'", "d"]);
        check("E'a'\n, 'b\\' d", &["E'a'", ",", "'b\\'", "d"]);
    }

    #[test]
    fn only_a_line_break_makes_two_strings_one() {
        let kind_of_last = |text: &str| {
            let mut lexer = Lexer::new(text);
            let tokens = std::iter::from_fn(|| lexer.next_token().expect("terminated"));
            tokens.last().map(|token| token.kind)
        };
        assert_eq!(kind_of_last("'a' -- note\n -- note\n 'b'"), Some(TokenKind::Continuation));
        assert_eq!(kind_of_last("U&'a'\n'b'"), Some(TokenKind::Continuation));
        assert_eq!(kind_of_last("'a' 'b'"), Some(TokenKind::Literal));
        assert_eq!(kind_of_last("'a' /*\n*/ 'b'"), Some(TokenKind::Literal));
        assert_eq!(kind_of_last("$$a$$\n'b'"), Some(TokenKind::Literal));
    }

    #[test]
    fn dollar_quotes() {
        check("$$a;'b$$ c", &["$$a;'b$$", "c"]);
        check("$f$ $$ $g$ $f$ c", &["$f$ $$ $g$ $f$", "c"]);
        check("$été$x$été$", &["$été$x$été$"]);
        check("a$b$c $1 + $", &["a$b$c", "$1", "+", "$"]);
        check("$1$$x$$", &["$1", "$$x$$"]);
    }

    #[test]
    fn comments() {
        check("a--b\r\nc", &["a", "--b", "c"]);
        check("a/* b /* c */ ; */d", &["a", "/* b /* c */ ; */", "d"]);
        check("1-/* */-2", &["1", "-", "/* */", "-", "2"]);
    }

    #[test]
    fn words_numbers_and_the_rest() {
        check(
            "größe\u{a0}x \"a\"\"b\" 1e5.2 x::y",
            &["größe\u{a0}x", "\"a\"\"b\"", "1e5.2", "x", ":", ":", "y"],
        );
        check(
            "1e+5 .5E-3 1.5e-x 0x1e+5 1-2 a.b",
            &["1e+5", ".5E-3", "1.5e", "-", "x", "0x1e", "+", "5", "1", "-", "2", "a", ".", "b"],
        );
        check("\\connect x", &["\\", "connect", "x"]);
    }

    #[test]
    fn what_has_no_end_is_told_where_it_began() {
        check_unterminated("a 'b", Delimited::String, 2);
        check_unterminated("a 'b''", Delimited::String, 2);
        check_unterminated("a E'b\\", Delimited::String, 2);
        check_unterminated("E'a'\n'b\\'", Delimited::String, 5);
        check_unterminated("a \"b\"\"", Delimited::QuotedIdentifier, 2);
        check_unterminated("/* /* */", Delimited::Comment, 0);
        check_unterminated("x $a$ $b$", Delimited::DollarQuote, 2);
    }
}
