//! The compact form in which a set keeps what is known of each script, so that the macro can print it as one literal
//! and a binary grows by a few bytes a migration.
//!
//! For each file: length of the text, how it runs (`0` without a transaction, `1` in one, `2` as a function, `3` in one
//! as a checkpoint), number of statements, and for each statement the gap before it and its length. All are LEB128 numbers, all lengths are bytes.

use std::ops::Range;

use crate::script::{Mode, ParsedScript};

/// Appends what is known of a script.
pub(crate) fn encode(layout: &mut Vec<u8>, text_len: usize, script: &ParsedScript) {
    push(layout, text_len);
    push(
        layout,
        match script.mode {
            Mode::NoTransaction => 0,
            Mode::Transaction => 1,
            Mode::Function => 2,
            Mode::Checkpoint => 3,
        },
    );
    push(layout, script.statements.len());
    let mut end = 0;
    for statement in &script.statements {
        push(layout, statement.start - end);
        push(layout, statement.len());
        end = statement.end;
    }
}

/// What is known of one script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScriptLayout<'a> {
    /// Length of the text in bytes, byte order mark included.
    pub(crate) text_len: usize,
    pub(crate) mode: Mode,
    /// The encoded statements, and how many there are.
    statements: (&'a [u8], usize),
}

impl<'a> ScriptLayout<'a> {
    /// Takes what is known of one script off the front.
    pub(crate) fn take(layout: &mut &'a [u8]) -> Self {
        let text_len = pop(layout);
        let mode = match pop(layout) {
            0 => Mode::NoTransaction,
            2 => Mode::Function,
            3 => Mode::Checkpoint,
            _ => Mode::Transaction,
        };
        let count = pop(layout);
        let statements = (*layout, count);
        for _ in 0..2 * count {
            pop(layout);
        }
        Self { text_len, mode, statements }
    }

    /// The byte ranges of the statements.
    pub(crate) fn statements(self) -> Statements<'a> {
        let (layout, left) = self.statements;
        Statements { layout, left, end: 0 }
    }
}

/// The scripts of a layout, in order.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Reader<'a> {
    type Item = ScriptLayout<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| ScriptLayout::take(&mut self.0))
    }
}

/// The byte ranges of the statements of one script.
#[derive(Clone, Debug)]
pub(crate) struct Statements<'a> {
    layout: &'a [u8],
    left: usize,
    end: usize,
}

impl Iterator for Statements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let start = self.end + pop(&mut self.layout);
        self.end = start + pop(&mut self.layout);
        Some(start..self.end)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Statements<'_> {}

#[expect(clippy::cast_possible_truncation, reason = "seven bits are taken at a time")]
fn push(layout: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        layout.push(number as u8 | 0x80);
        number >>= 7;
    }
    layout.push(number as u8);
}

/// Takes a number off the front. A layout that ends too early reads as zeros: only `encode` writes layouts.
fn pop(layout: &mut &[u8]) -> usize {
    let mut number = 0;
    let mut shift = 0;
    while let Some((byte, rest)) = layout.split_first() {
        *layout = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Direction;
    use crate::script;

    #[test]
    fn what_goes_in_comes_out() {
        let texts = [
            "select 1;\n-- x\nselect 2".to_owned(),
            format!("-- migrate: no-transaction\n{};", "x".repeat(70_000)),
            "-- migrate: function\n".to_owned(),
            format!("-- migrate: checkpoint {}\nselect 1", "0".repeat(64)),
        ];
        let mut layout = Vec::new();
        for text in &texts {
            encode(&mut layout, text.len(), &script::parse(text, Direction::Forward).expect("no fault"));
        }
        let scripts: Vec<ScriptLayout<'_>> = Reader(&layout).collect();
        assert_eq!(scripts.len(), texts.len());
        for (found, text) in scripts.into_iter().zip(&texts) {
            let expected = script::parse(text, Direction::Forward).expect("no fault");
            assert_eq!(found.text_len, text.len());
            assert_eq!(found.mode, expected.mode);
            assert_eq!(found.statements().len(), expected.statements.len());
            assert_eq!(found.statements().collect::<Vec<_>>(), expected.statements);
        }
    }
}
