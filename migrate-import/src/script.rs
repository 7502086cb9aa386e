//! The text of one script on its way, which knows the line in the original file of each of its lines.

use std::ops::Range;

/// A script that is being converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// The file that it comes from.
    pub(crate) from: String,
    text: String,
    /// For each line, where it was in the file, from 1.
    lines: Vec<u32>,
    /// The tool ran it without a transaction.
    pub(crate) no_transaction: bool,
}

impl Script {
    pub(crate) fn empty(from: &str) -> Self {
        Self { from: from.to_owned(), text: String::new(), lines: Vec::new(), no_transaction: false }
    }

    /// A whole file, without its byte order mark.
    pub(crate) fn whole(from: &str, text: &str) -> Self {
        let mut script = Self::empty(from);
        numbered(text).for_each(|(number, line)| script.push(number, line));
        script
    }

    pub(crate) fn no_transaction(mut self, no_transaction: bool) -> Self {
        self.no_transaction |= no_transaction;
        self
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a line with its ending. Only the last one of a file has none.
    pub(crate) fn push(&mut self, number: u32, line: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.lines.push(number);
    }

    /// Adds a line of our own, which stands for the last one of the file.
    pub(crate) fn append(&mut self, line: &str) {
        let number = self.lines.last().copied().unwrap_or(1);
        self.push(number, &format!("{line}\n"));
    }

    /// Where a line of the text was in the file. The lines of both begin at 1.
    pub(crate) fn original(&self, line: u32) -> Option<u32> {
        self.lines.get((line as usize).checked_sub(1)?).copied()
    }

    /// Where a byte of the text was in the file.
    pub(crate) fn line_of(&self, offset: usize) -> Option<u32> {
        self.lines.get(self.text[..offset].matches('\n').count()).copied()
    }

    /// Takes something out of a line, and the line with it if nothing is left of it.
    pub(crate) fn cut(&mut self, range: Range<usize>) {
        let start = self.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[range.end..].find('\n').map_or(self.text.len(), |at| range.end + at + 1);
        let first = self.text[..start].matches('\n').count();
        let count = self.text[start..range.end].matches('\n').count() + 1;
        let is_blank = |text: &str| text.trim().is_empty();
        if is_blank(&self.text[start..range.start]) && is_blank(&self.text[range.end..end]) {
            self.text.replace_range(start..end, "");
            self.lines.drain(first..first + count);
        } else {
            self.text.replace_range(range, "");
            self.lines.drain(first + 1..first + count);
        }
    }
}

/// The lines of a text with their endings, without its byte order mark, counted from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).split_inclusive('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_keeps_the_lines_of_the_others() {
        let mut script = Script::whole("a", "-- a\nBEGIN;\nselect 1; COMMIT;\nx");
        assert_eq!(script.line_of(20), Some(3));
        script.cut(5..11);
        assert_eq!(script.text(), "-- a\nselect 1; COMMIT;\nx");
        assert_eq!((script.original(2), script.original(3), script.original(4)), (Some(3), Some(4), None));
        script.cut(15..22);
        assert_eq!(script.text(), "-- a\nselect 1; \nx");
        let mut script = Script::whole("a", "begin\n;\nselect 1");
        script.cut(0..7);
        assert_eq!((script.text(), script.original(1)), ("select 1", Some(3)));
    }
}
