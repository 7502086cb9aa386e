//! Where something stands in a text, and the line that shows it: shared by compile-time faults and runtime errors.

use std::fmt;

/// A place in a text, as editors count: both numbers begin at 1, the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

impl Position {
    /// The position of a byte offset, which is moved back to a character boundary where it is none.
    ///
    /// Lines end with `\n`; the `\r` before it belongs to the line.
    pub fn of_byte(text: &str, offset: usize) -> Self {
        Lines::new(text).position(offset)
    }
}

/// Places in one text, one behind the other: the text is read once for all of them.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Where the line of the last place begins, and its number.
    start: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, start: 0, number: 1 }
    }

    /// The position of a byte offset.
    fn position(&mut self, offset: usize) -> Position {
        let offset = (0..=offset.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at));
        let offset = offset.unwrap_or_default();
        if offset < self.start {
            *self = Self::new(self.text);
        }
        let before = &self.text[self.start..offset];
        self.number += before.bytes().filter(|b| *b == b'\n').count();
        self.start += before.rfind('\n').map_or(0, |at| at + 1);
        let column = self.text[self.start..offset].chars().count() + 1;
        Position { line: to_u32(self.number), column: to_u32(column) }
    }

    /// The line around a byte offset.
    pub(crate) fn excerpt(&mut self, offset: usize) -> Excerpt {
        let position = self.position(offset);
        let line = self.text[self.start..].split('\n').next().unwrap_or_default();
        Excerpt::of_line(position, line)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A position together with the line it is in, which [`Display`](fmt::Display) prints with a caret below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    position: Position,
    line: String,
    caret: usize,
}

/// Longer lines are cut to a window around the caret, so that a data load of one line cannot flood a terminal.
const WIDTH: usize = 120;

impl Excerpt {
    /// The line around a byte offset of a text.
    pub fn new(text: &str, offset: usize) -> Self {
        Lines::new(text).excerpt(offset)
    }

    fn of_line(position: Position, line: &str) -> Self {
        let line = line.trim_end();
        let before = position.column as usize - 1;
        let skipped = if line.chars().count() > WIDTH { before.saturating_sub(WIDTH / 2) } else { 0 };
        let mut shown: String = line.chars().skip(skipped).take(WIDTH).map(printable).collect();
        let mut caret = before - skipped;
        if skipped > 0 {
            shown.insert(0, '…');
            caret += 1;
        }
        if line.chars().count() > skipped + WIDTH {
            shown.push('…');
        }
        Self { position, line: shown, caret }
    }

    /// Where the caret stands.
    pub fn position(&self) -> Position {
        self.position
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.position.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.line)?;
        write!(f, "{gutter} | {}^", " ".repeat(self.caret))
    }
}

/// A tab would shift the caret, and a control character could act on the terminal.
fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Scripts are limited to less than 4 GiB, so this never saturates.
fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: usize, line: u32, column: u32) {
        assert_eq!(Position::of_byte(text, offset), Position { line, column });
    }

    #[test]
    fn columns_count_characters() {
        check("", 0, 1, 1);
        check("ab\ncd", 4, 2, 2);
        check("é€x", 5, 1, 3);
        check("a\r\nb", 3, 2, 1);
        check("€", 1, 1, 1);
        check("a\n", 99, 2, 1);
    }

    #[test]
    fn places_may_be_asked_for_in_any_order() {
        let mut lines = Lines::new("a\nbb\nc");
        for (offset, line, column) in [(5, 3, 1), (0, 1, 1), (3, 2, 2), (2, 2, 1), (1, 1, 2)] {
            assert_eq!(lines.position(offset), Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn the_caret_stands_below_its_character() {
        let shown = Excerpt::new("select 1;\n\tselect 'é' x;\r\n", 23).to_string();
        assert_eq!(shown, "  |\n2 |  select 'é' x;\n  |             ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}!{}", "a".repeat(500), "b".repeat(500));
        let shown = Excerpt::new(&text, 500).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[2].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[1].chars().nth(caret), Some('!'));
        assert!(lines[1].chars().count() < 130);
    }
}
