//! Numbers and texts one after the other, read in few steps: what the cache is made of.

use std::ops::Range;

/// Writes what [`Fields`] reads.
#[derive(Debug, Default)]
pub(crate) struct Record(pub(crate) Vec<u8>);

impl Record {
    #[expect(clippy::cast_possible_truncation, reason = "seven bits are taken at a time")]
    pub(crate) fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn range(&mut self, range: &Range<usize>) {
        self.number(range.start);
        self.number(range.end);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// With their length before them.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

/// Reads what a [`Record`] wrote, in the same order. `None`: that is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift, mut at) = (0_usize, 0, 0);
        loop {
            let byte = *self.0.get(at)?;
            // What is too large for a number was never written.
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            at += 1;
            if byte & 0x80 == 0 {
                self.0 = &self.0[at..];
                return Some(number);
            }
            shift += 7;
        }
    }

    pub(crate) fn range(&mut self) -> Option<Range<usize>> {
        let (start, end) = (self.number()?, self.number()?);
        (start <= end).then_some(start..end)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_and_a_part_of_it_does_not() {
        let numbers = [0, 1, 127, 128, 300, usize::MAX];
        let mut record = Record::default();
        for number in numbers {
            record.number(number);
        }
        record.range(&(3..500));
        record.text("é\n");
        let all = |mut fields: Fields<'_>| {
            let found = numbers.map(|_| fields.number());
            (found, fields.range(), fields.text().map(str::to_owned), fields.is_empty())
        };
        assert_eq!(all(Fields(&record.0)), (numbers.map(Some), Some(3..500), Some("é\n".into()), true));
        for length in 0..record.0.len() {
            assert_eq!(all(Fields(&record.0[..length])).2, None, "{length}");
        }
    }

    #[test]
    fn what_was_never_written() {
        assert_eq!(Fields(&[0xff; 20]).number(), None);
        assert_eq!(Fields(&[2, 1]).range(), None);
        assert_eq!(Fields(&[1, 0xff]).text(), None);
        assert_eq!(Fields(&[0xff, 0xff, 0x7f]).bytes(), None);
    }
}
