//! Strings: what goes on in the next line, and escapes, which are decoded as far as they may be wrong.

use super::{NoToken, Scanner, is_space};

impl Scanner<'_> {
    /// `'…'`, behind so many bytes, with what goes on in the next line.
    pub(super) fn string(&mut self, prefix: usize, name: &str) -> Result<(), NoToken> {
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
pub(super) fn escape_letter(text: &str) -> Option<char> {
    let mut letters = text.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let letter = letters.next().filter(|_| letters.next().is_none())?;
    let is_allowed = !letter.is_ascii_hexdigit() && !"+'\" \t\n\r\u{b}\u{c}".contains(letter);
    is_allowed.then_some(letter)
}

/// Where an escape in `U&'…'` or `U&"…"` is not right.
pub(super) fn check_unicode(text: &str, escape: char) -> Result<(), usize> {
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
