//! Statements that load data, without the rows that a parser need not see: ten thousand rows of plain values are SQL if
//! one of them is.

use std::borrow::Cow;

use migrate_source::plain_rows;

/// A statement, or what of it is to be parsed.
#[derive(Clone, Debug)]
pub(crate) struct Shortened<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) gap: Gap,
    /// What stands before the rows of values, where nothing stands behind them and all are plain: a statement with the
    /// same head is SQL where this one is.
    pub(crate) head: Option<&'a str>,
}

/// Where something was left out, and how many bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gap {
    at: usize,
    length: usize,
}

impl Gap {
    /// Where in the statement an offset of what was parsed is.
    pub(crate) fn in_statement(self, offset: usize) -> usize {
        if offset < self.at { offset } else { offset + self.length }
    }
}

impl<'a> Shortened<'a> {
    pub(crate) fn whole(sql: &'a str) -> Self {
        Self { text: Cow::Borrowed(sql), gap: Gap::default(), head: None }
    }

    /// Without the second row of values and those after it, as long as they are plain.
    pub(crate) fn of(sql: &'a str) -> Self {
        let Some(rows) = plain_rows(sql) else { return Self::whole(sql) };
        let text = if rows.first_end < rows.end {
            Cow::Owned([&sql[..rows.first_end], &sql[rows.end..]].concat())
        } else {
            Cow::Borrowed(sql)
        };
        let gap = Gap { at: rows.first_end, length: rows.end - rows.first_end };
        Self { text, gap, head: (rows.end == sql.len()).then(|| &sql[..rows.head_end]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let sql = "INSERT INTO t VALUES (1), (2), (3) RETURNIN a";
        let short = Shortened::of(sql);
        assert_eq!(short.text, "INSERT INTO t VALUES (1) RETURNIN a");
        for word in ["INSERT", "(1)", "RETURNIN", "a"] {
            let found = short.text.rfind(word).expect("a word");
            assert_eq!(Some(short.gap.in_statement(found)), sql.rfind(word), "{word}");
        }
        assert_eq!(short.gap.in_statement(short.text.len()), sql.len());
        let whole = Shortened::of("INSERT INTO t VALUES (1)");
        assert!(matches!(whole.text, Cow::Borrowed(_)) && whole.gap.in_statement(24) == 24);
    }

    #[test]
    fn heads_are_of_statements_with_nothing_but_plain_rows() {
        let head = |sql| Shortened::of(sql).head;
        assert_eq!(head("INSERT INTO t (a) VALUES (2), ('b')"), Some("INSERT INTO t (a) VALUES"));
        assert_eq!(head("INSERT INTO t (a) VALUES (2)"), Some("INSERT INTO t (a) VALUES"));
        assert_eq!(head("INSERT INTO t (a) VALUES (2), (b)"), None);
        assert_eq!(head("INSERT INTO t (a) VALUES (2) RETURNING a"), None);
        assert_eq!(head("SELECT 1"), None);
    }
}
