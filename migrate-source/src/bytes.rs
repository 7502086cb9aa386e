//! Which bytes words, numbers and white space are made of, as one look into a table.

pub(crate) const SPACE: u8 = 1;
pub(crate) const WORD_START: u8 = 1 << 1;
pub(crate) const WORD: u8 = 1 << 2;
/// What the tag of a dollar quote is made of.
pub(crate) const TAG: u8 = 1 << 3;
pub(crate) const DIGIT: u8 = 1 << 4;
pub(crate) const NUMBER: u8 = 1 << 5;
/// Anything but the end of a line.
pub(crate) const IN_LINE: u8 = 1 << 6;

/// The classes of each byte. A macro is mostly compiled without optimisation: one look into a table is what costs least
/// there.
pub(crate) const CLASS: [u8; 256] = classes();

/// PostgreSQL takes every byte of a multi-byte character as a letter.
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        let is_start = byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii();
        let is_digit = byte.is_ascii_digit();
        let mut class = 0;
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) {
            class |= SPACE;
        }
        if is_start {
            class |= WORD_START;
        }
        if is_start || is_digit {
            class |= TAG;
        }
        if is_start || is_digit || byte == b'$' {
            class |= WORD;
        }
        if is_digit {
            class |= DIGIT;
        }
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' {
            class |= NUMBER;
        }
        if byte != b'\n' && byte != b'\r' {
            class |= IN_LINE;
        }
        classes[byte as usize] = class;
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}
