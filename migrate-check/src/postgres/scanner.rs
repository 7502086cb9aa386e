//! The tokens of a statement as PostgreSQL's scanner cuts them (`scan.l`, and `base_yylex` of `parser.c`), with
//! `standard_conforming_strings` on.

use std::ops::Range;

use super::tables::{Category, GRAMMAR, Symbol, UNDEFINED};

/// A token of the grammar, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) symbol: Symbol,
    /// Of a word that is a key word.
    pub(super) category: Option<Category>,
    pub(super) range: Range<usize>,
}

/// Where a text has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoToken(pub(super) usize);

/// The tokens of a text, without comments.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, NoToken> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new() };
    while scanner.skip_blanks()? {
        scanner.token()?;
    }
    let mut tokens = scanner.tokens;
    with_lookahead(text, &mut tokens)?;
    Ok(tokens)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
}

const OPERATOR: &[u8] = b"~!@#^&|`?+-*/%<>=";
const ALONE: &[u8] = b",()[].;:+-*/%^<>=";
/// An operator with one of these may end in `+` or `-`.
const UNLIKE_SQL: &[u8] = b"~!@#^&|`?%";
/// What a name, an operator too, may have of bytes.
const NAME_LENGTH: usize = 64;

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn behind(&self, mut at: usize, is_part: impl Fn(u8) -> bool) -> usize {
        while self.bytes.get(at).copied().is_some_and(&is_part) {
            at += 1;
        }
        at
    }

    fn push(&mut self, name: &str, end: usize) {
        self.push_symbol(GRAMMAR.symbol(name), None, end);
    }

    fn push_symbol(&mut self, symbol: Symbol, category: Option<Category>, end: usize) {
        self.tokens.push(Token { symbol, category, range: self.at..end });
        self.at = end;
    }

    /// Passes over white space and comments; whether something follows.
    fn skip_blanks(&mut self) -> Result<bool, NoToken> {
        loop {
            self.at = self.behind(self.at, is_space);
            match (self.peek(0), self.peek(1)) {
                (b'-', b'-') => self.at = self.behind(self.at, |byte| byte != b'\n' && byte != b'\r'),
                (b'/', b'*') => self.at = self.comment()?,
                _ => return Ok(self.at < self.bytes.len()),
            }
        }
    }

    fn comment(&self) -> Result<usize, NoToken> {
        let (mut at, mut depth) = (self.at, 0_u32);
        while at < self.bytes.len() {
            match &self.bytes[at..] {
                [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
                [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
            if depth == 0 {
                return Ok(at);
            }
        }
        Err(NoToken(self.at))
    }

    fn token(&mut self) -> Result<(), NoToken> {
        let (first, second) = (self.peek(0), self.peek(1));
        match first {
            b'\'' => self.string(0, "SCONST"),
            b'b' | b'B' if second == b'\'' => self.string(1, "BCONST"),
            b'x' | b'X' if second == b'\'' => self.string(1, "XCONST"),
            b'e' | b'E' if second == b'\'' => self.string(1, "SCONST"),
            b'u' | b'U' if second == b'&' && self.peek(2) == b'\'' => self.string(2, "USCONST"),
            b'u' | b'U' if second == b'&' && self.peek(2) == b'"' => self.identifier(2),
            b'"' => self.identifier(0),
            b'n' | b'N' if second == b'\'' => {
                let (symbol, category) = GRAMMAR.keyword("nchar").unzip();
                self.push_symbol(symbol.unwrap_or(UNDEFINED), category, self.at + 1);
                Ok(())
            }
            b'$' => self.dollar(),
            b'0'..=b'9' => self.number(),
            b'.' if second.is_ascii_digit() => self.number(),
            byte if starts_word(byte) => {
                let end = self.behind(self.at, is_word);
                let word = self.text[self.at..end].to_ascii_lowercase();
                match GRAMMAR.keyword(&word) {
                    Some((symbol, category)) => self.push_symbol(symbol, Some(category), end),
                    None => self.push("IDENT", end),
                }
                Ok(())
            }
            b':' | b'.' if [b"::", b":=", b".."].contains(&&[first, second]) => {
                let name = match second {
                    b':' => "TYPECAST",
                    b'=' => "COLON_EQUALS",
                    _ => "DOT_DOT",
                };
                self.push(name, self.at + 2);
                Ok(())
            }
            byte if OPERATOR.contains(&byte) => self.operator(),
            byte if ALONE.contains(&byte) => {
                self.alone(byte);
                Ok(())
            }
            _ => {
                self.push_symbol(UNDEFINED, None, self.at + 1);
                Ok(())
            }
        }
    }

    fn alone(&mut self, byte: u8) {
        self.push(&format!("'{}'", char::from(byte)), self.at + 1);
    }

    fn operator(&mut self) -> Result<(), NoToken> {
        let mut end = self.behind(self.at, |byte| OPERATOR.contains(&byte));
        let text = &self.text[self.at..end];
        let comment = ["/*", "--"].into_iter().filter_map(|open| text.find(open)).min();
        end = comment.map_or(end, |at| self.at + at);
        let bytes = &self.bytes[self.at..end];
        let mut length = bytes.len();
        if !bytes[..length - 1].iter().any(|byte| UNLIKE_SQL.contains(byte)) {
            while length > 1 && matches!(bytes[length - 1], b'+' | b'-') {
                length -= 1;
            }
        }
        let name = match &bytes[..length] {
            [byte] if ALONE.contains(byte) => {
                self.alone(*byte);
                return Ok(());
            }
            b"=>" => "EQUALS_GREATER",
            b">=" => "GREATER_EQUALS",
            b"<=" => "LESS_EQUALS",
            b"<>" | b"!=" => "NOT_EQUALS",
            operator if operator.len() >= NAME_LENGTH => return Err(NoToken(self.at)),
            _ => "Op",
        };
        self.push(name, self.at + length);
        Ok(())
    }

    /// `"…"`, behind so many bytes.
    fn identifier(&mut self, prefix: usize) -> Result<(), NoToken> {
        let start = self.at + prefix + 1;
        let mut at = start;
        loop {
            match &self.bytes[at..] {
                [b'"', b'"', ..] => at += 2,
                [b'"', ..] => break,
                [] => return Err(NoToken(self.at)),
                _ => at += 1,
            }
        }
        if at == start {
            return Err(NoToken(self.at));
        }
        self.push(if prefix > 0 { "UIDENT" } else { "IDENT" }, at + 1);
        Ok(())
    }

    /// `$1`, or `$tag$…$tag$`.
    fn dollar(&mut self) -> Result<(), NoToken> {
        let end = self.behind(self.at + 1, |byte| byte.is_ascii_digit());
        if end > self.at + 1 {
            let is_number = self.text[self.at + 1..end].parse::<i32>().is_ok();
            if !is_number || self.bytes.get(end).copied().is_some_and(starts_word) {
                return Err(NoToken(self.at));
            }
            self.push("PARAM", end);
            return Ok(());
        }
        let tag = self.behind(self.at + 1, |byte| is_word(byte) && byte != b'$') + 1;
        if self.bytes.get(tag - 1) != Some(&b'$') {
            self.push_symbol(UNDEFINED, None, self.at + 1);
            return Ok(());
        }
        let found = self.text[tag..].find(&self.text[self.at..tag]).ok_or(NoToken(self.at))?;
        self.push("SCONST", tag + found + tag - self.at);
        Ok(())
    }

    fn number(&mut self) -> Result<(), NoToken> {
        let start = self.at;
        let wrong = NoToken(start);
        let radix = match self.peek(1) {
            b'x' | b'X' => 16,
            b'o' | b'O' => 8,
            b'b' | b'B' => 2,
            _ => 10,
        };
        if self.peek(0) == b'0' && radix != 10 {
            let end = self.digits(start + 2, radix, true).ok_or(wrong)?;
            return self.integer(start + 2, end, radix);
        }
        let whole = self.digits(start, 10, false).unwrap_or(start);
        let mut end = whole;
        // `1..2` is a range.
        if self.bytes.get(end) == Some(&b'.') && self.bytes.get(end + 1) != Some(&b'.') {
            end = self.digits(end + 1, 10, false).unwrap_or(end + 1);
        }
        let is_decimal = end > whole;
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if let Some(exponent) = self.digits(end + 1 + sign, 10, false) {
                return self.finish("FCONST", exponent);
            }
            return Err(wrong);
        }
        if is_decimal { self.finish("FCONST", end) } else { self.integer(start, end, 10) }
    }

    /// Where digits end that may have a `_` between them, or before the first where `leading`.
    fn digits(&self, start: usize, radix: u32, leading: bool) -> Option<usize> {
        let is_digit = |at: usize| self.bytes.get(at).is_some_and(|byte| char::from(*byte).is_digit(radix));
        let mut at = start;
        loop {
            let may_separate = at > start || leading;
            let separator = usize::from(may_separate && self.bytes.get(at) == Some(&b'_'));
            if !is_digit(at + separator) {
                return (at > start).then_some(at);
            }
            at += separator + 1;
        }
    }

    fn integer(&mut self, digits: usize, end: usize, radix: u32) -> Result<(), NoToken> {
        let text: String = self.text[digits..end].chars().filter(|c| *c != '_').collect();
        let is_small = i32::from_str_radix(&text, radix).is_ok();
        self.finish(if is_small { "ICONST" } else { "FCONST" }, end)
    }

    /// Nothing that looks like a word may follow.
    fn finish(&mut self, name: &str, end: usize) -> Result<(), NoToken> {
        if self.bytes.get(end).copied().is_some_and(starts_word) {
            return Err(NoToken(self.at));
        }
        self.push(name, end);
        Ok(())
    }
}

/// The words that the grammar knows by what follows them.
fn with_lookahead(text: &str, tokens: &mut Vec<Token>) -> Result<(), NoToken> {
    let mut at = 0;
    while at < tokens.len() {
        let name = |at: usize| tokens.get(at).map_or("", |token: &Token| GRAMMAR.name(token.symbol));
        let next = name(at + 1);
        let symbol = match name(at) {
            "FORMAT" if next == "JSON" => "FORMAT_LA",
            "NOT" if matches!(next, "BETWEEN" | "IN_P" | "LIKE" | "ILIKE" | "SIMILAR") => "NOT_LA",
            "NULLS_P" if matches!(next, "FIRST_P" | "LAST_P") => "NULLS_LA",
            "WITH" if matches!(next, "TIME" | "ORDINALITY") => "WITH_LA",
            "WITHOUT" if next == "TIME" => "WITHOUT_LA",
            unicode @ ("UIDENT" | "USCONST") => {
                let symbol = if unicode == "UIDENT" { "IDENT" } else { "SCONST" };
                let range = tokens[at].range.clone();
                let mut escape = '\\';
                if next == "UESCAPE" {
                    let given = tokens.get(at + 2).filter(|token| token.symbol == GRAMMAR.symbol("SCONST"));
                    let given = given.ok_or(NoToken(tokens[at + 1].range.end))?.range.clone();
                    escape = escape_letter(&text[given.clone()]).ok_or(NoToken(given.start))?;
                    tokens.drain(at + 1..at + 3);
                }
                check_unicode(&text[range.clone()], escape).map_err(|at| NoToken(range.start + at))?;
                symbol
            }
            _ => {
                at += 1;
                continue;
            }
        };
        tokens[at].symbol = GRAMMAR.symbol(symbol);
        at += 1;
    }
    Ok(())
}

// Strings: what goes on in the next line, and escapes, which are decoded as far as they may be wrong.

impl Scanner<'_> {
    /// `'…'`, behind so many bytes, with what goes on in the next line.
    fn string(&mut self, prefix: usize, name: &str) -> Result<(), NoToken> {
        let has_escapes = self.peek(0).eq_ignore_ascii_case(&b'e');
        let mut decoded = Vec::new();
        let mut at = self.at + prefix + 1;
        loop {
            match &self.bytes[at..] {
                [b'\'', b'\'', ..] => at += 2,
                [b'\'', ..] => match self.continuation(at + 1) {
                    Some(next) => at = next,
                    None => break,
                },
                [b'\\', ..] if has_escapes => at = self.escape(at, &mut decoded)?,
                [byte, ..] => {
                    if has_escapes {
                        decoded.push(*byte);
                    }
                    at += 1;
                }
                [] => return Err(NoToken(self.at)),
            }
        }
        if std::str::from_utf8(&decoded).is_err() || decoded.contains(&0) {
            return Err(NoToken(self.at));
        }
        self.push(name, at + 1);
        Ok(())
    }

    /// Just behind the quote at which a string goes on that was closed before `at`.
    fn continuation(&self, mut at: usize) -> Option<usize> {
        let mut has_line_break = false;
        loop {
            match &self.bytes[at..] {
                [b'\'', ..] => return has_line_break.then_some(at + 1),
                [b'-', b'-', ..] if has_line_break || self.has_line_break(at) => {
                    at = self.behind(at, |byte| byte != b'\n' && byte != b'\r');
                }
                [byte, ..] if is_space(*byte) => {
                    has_line_break |= matches!(byte, b'\n' | b'\r');
                    at += 1;
                }
                _ => return None,
            }
        }
    }

    fn has_line_break(&self, at: usize) -> bool {
        self.bytes[at..].iter().any(|byte| matches!(byte, b'\n' | b'\r'))
    }

    /// What a backslash in `E'…'` stands for; the place behind it.
    fn escape(&self, at: usize, decoded: &mut Vec<u8>) -> Result<usize, NoToken> {
        let wrong = NoToken(at);
        let digits = |from: usize, most: usize, radix: u32| {
            let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
            self.bytes[from..].iter().take(most).take_while(is_digit).count()
        };
        let value = |from: usize, count: usize, radix| {
            u32::from_str_radix(&self.text[from..from + count], radix).map_err(|_| wrong)
        };
        match self.bytes.get(at + 1).ok_or(wrong)? {
            b'0'..=b'7' => {
                let count = digits(at + 1, 3, 8);
                decoded.push((value(at + 1, count, 8)? & 0xff) as u8);
                Ok(at + 1 + count)
            }
            b'x' if digits(at + 2, 2, 16) > 0 => {
                let count = digits(at + 2, 2, 16);
                decoded.push((value(at + 2, count, 16)? & 0xff) as u8);
                Ok(at + 2 + count)
            }
            form @ (b'u' | b'U') => {
                let length = if *form == b'u' { 4 } else { 8 };
                if digits(at + 2, length, 16) < length {
                    return Err(wrong);
                }
                let (mut code, mut end) = (value(at + 2, length, 16)?, at + 2 + length);
                if (0xd800..0xdc00).contains(&code) {
                    let length = match self.bytes.get(end..end + 2) {
                        Some(br"\u") => 4,
                        Some(br"\U") => 8,
                        _ => return Err(wrong),
                    };
                    if digits(end + 2, length, 16) < length {
                        return Err(wrong);
                    }
                    let low = value(end + 2, length, 16)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(wrong);
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    end += 2 + length;
                }
                let letter = char::from_u32(code).filter(|letter| *letter != '\0').ok_or(wrong)?;
                decoded.extend(letter.to_string().bytes());
                Ok(end)
            }
            _ => {
                // A letter of several bytes is taken as a whole.
                let letter = self.text[at + 1..].chars().next().ok_or(wrong)?;
                decoded.extend(letter.to_string().bytes());
                Ok(at + 1 + letter.len_utf8())
            }
        }
    }
}

/// The letter of `UESCAPE 'x'`.
fn escape_letter(text: &str) -> Option<char> {
    let mut letters = text.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let letter = letters.next().filter(|_| letters.next().is_none())?;
    let is_allowed = !letter.is_ascii_hexdigit() && !"+'\" \t\n\r\u{b}\u{c}".contains(letter);
    is_allowed.then_some(letter)
}

/// Where an escape in `U&'…'` or `U&"…"` is not right.
fn check_unicode(text: &str, escape: char) -> Result<(), usize> {
    let mut high = None;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let at = text.len() - rest.len();
        rest = &rest[letter.len_utf8()..];
        if letter != escape {
            if high.is_some() {
                return Err(at);
            }
            continue;
        }
        if let Some(after) = rest.strip_prefix(escape) {
            if high.is_some() {
                return Err(at);
            }
            rest = after;
            continue;
        }
        let (digits, length) = rest.strip_prefix('+').map_or((rest, 4), |digits| (digits, 6));
        let code = digits.get(..length).filter(|code| code.chars().all(|c| c.is_ascii_hexdigit()));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).ok_or(at)?;
        rest = &digits[length..];
        match (high.take(), code) {
            (None, 0xd800..=0xdbff) => high = Some(code),
            (Some(_), 0xdc00..=0xdfff) => {}
            (None, code) if char::from_u32(code).is_some_and(|letter| letter != '\0') => {}
            _ => return Err(at),
        }
    }
    high.map_or(Ok(()), |_| Err(text.len()))
}
