//! The checksum of a script. The rule is written here and nowhere else; a golden test holds its bytes for ever.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::lexer::{Lexer, TokenKind, Unterminated};
use crate::set::strip_byte_order_mark;

/// The SHA-256 of a script as every checkout has it.
///
/// Hashed are the bytes of the file, except that
///
/// 1. a leading UTF-8 byte order mark is left out, and
/// 2. each `\r\n` counts as `\n`, except inside string literals and dollar quotes, where a line ending is data that
///    reaches the database.
///
/// Nothing else is normalised: for a file with `\n` endings it is what `sha256sum` prints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// How many bytes a checksum has.
    pub const LEN: usize = 32;

    /// A checksum from its bytes.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes of the checksum.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// That of a text which may not be a valid script: a token that is never closed reaches to its end.
    pub(crate) fn of(text: &str) -> Self {
        let text = strip_byte_order_mark(text);
        let (mut lexer, mut hasher) = (Lexer::new(text), Hasher::new(text));
        loop {
            match lexer.next_token() {
                Ok(Some(token)) if matches!(token.kind, TokenKind::Literal | TokenKind::Continuation) => {
                    hasher.literal(token.start, token.end);
                }
                Ok(Some(_)) => {}
                Ok(None) => return hasher.finish(),
                Err(Unterminated { start, .. }) => {
                    hasher.literal(start, text.len());
                    return hasher.finish();
                }
            }
        }
    }
}

/// Sixty-four lower-case hexadecimal digits.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseChecksumError;

impl fmt::Display for ParseChecksumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a checksum is 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseChecksumError {}

impl FromStr for Checksum {
    type Err = ParseChecksumError;

    fn from_str(hex: &str) -> Result<Self, Self::Err> {
        if hex.len() != 2 * Self::LEN || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseChecksumError);
        }
        let mut bytes = [0; Self::LEN];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let pair = str::from_utf8(pair).map_err(|_| ParseChecksumError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ParseChecksumError)?;
        }
        Ok(Self(bytes))
    }
}

/// Hashes a script from its beginning to its end, told where its literals are.
pub(crate) struct Hasher<'a> {
    text: &'a str,
    hash: Sha256,
    done: usize,
    /// Whether there may be a line ending to be normalised: where not, the text is hashed in one piece.
    is_in_pieces: bool,
}

impl<'a> Hasher<'a> {
    /// The text is without byte order mark.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, hash: Sha256::new(), done: 0, is_in_pieces: text.contains('\r') }
    }

    /// `text[start..end]` is a string literal or dollar quote. Literals come in the order of the text.
    pub(crate) fn literal(&mut self, start: usize, end: usize) {
        if !self.is_in_pieces {
            return;
        }
        self.normalised(start);
        self.hash.update(&self.text[start..end]);
        self.done = end;
    }

    pub(crate) fn finish(mut self) -> Checksum {
        self.normalised(self.text.len());
        Checksum(self.hash.finalize().into())
    }

    fn normalised(&mut self, end: usize) {
        if !self.is_in_pieces {
            self.hash.update(&self.text[self.done..end]);
            return;
        }
        let mut pieces = self.text[self.done..end].split("\r\n");
        if let Some(first) = pieces.next() {
            self.hash.update(first);
        }
        for piece in pieces {
            self.hash.update("\n");
            self.hash.update(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_count_in_literals_only() {
        let same = [
            ("-- a\r\n/* b\r\nc */ SELECT 1;\r\n", "-- a\n/* b\nc */ SELECT 1;\n"),
            ("SELECT \"a\r\nb\";", "SELECT \"a\nb\";"),
            ("SELECT 'a\r\nb',\r\n2;", "SELECT 'a\r\nb',\n2;"),
            ("\u{feff}SELECT 1;", "SELECT 1;"),
        ];
        for (one, other) in same {
            assert_eq!(Checksum::of(one), Checksum::of(other), "{one:?}");
        }
        let others = [
            ("SELECT 'a\r\nb';", "SELECT 'a\nb';"),
            ("SELECT $$a\r\nb$$;", "SELECT $$a\nb$$;"),
            ("SELECT 'a'\n'b\r\nc';", "SELECT 'a'\n'b\nc';"),
            // It has no end, and is as it is up to there.
            ("SELECT 1;\nSELECT 'a\r\nb", "SELECT 1;\nSELECT 'a\nb"),
            // A carriage return by itself is no line ending.
            ("SELECT 1;\rSELECT 2;", "SELECT 1;\nSELECT 2;"),
            ("SELECT 1; ", "SELECT 1;"),
        ];
        for (one, other) in others {
            assert_ne!(Checksum::of(one), Checksum::of(other), "{one:?}");
        }
        // printf "SELECT 1;\n" | sha256sum
        let sum = "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd";
        assert_eq!(Checksum::of("SELECT 1;\r\n").to_string(), sum);
    }

    #[test]
    fn how_it_is_written_and_read() {
        let sum = Checksum::from_bytes([0x0a; Checksum::LEN]);
        let hex = "0a".repeat(Checksum::LEN);
        assert_eq!((sum.to_string(), format!("{sum:?}")), (hex.clone(), format!("Checksum({hex})")));
        assert_eq!((hex.parse(), hex.to_uppercase().parse()), (Ok(sum), Ok(sum)));
        for wrong in
            ["", &hex[1..], &hex[2..], &format!("{hex}0a"), &hex.replace('a', "g"), &hex.replace("0a", "+a")]
        {
            assert_eq!(wrong.parse::<Checksum>(), Err(ParseChecksumError), "{wrong}");
        }
        assert_eq!(ParseChecksumError.to_string(), "a checksum is 64 hexadecimal digits");
    }
}
