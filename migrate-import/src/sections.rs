//! Files that hold an up and a down, cut at the lines with which their tools mark them.

use crate::note::Notes;
use crate::script::{Script, numbered};
use migrate_source::outline;

/// What a line says to the tool. It goes into no script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Up {
        no_transaction: bool,
    },
    Down {
        no_transaction: bool,
    },
    /// Neither of the two runs in a transaction.
    NoTransaction,
    StatementBegin,
    StatementEnd,
    /// Variables of the environment are put in from here on, or no longer.
    Variables(bool),
    /// It was meant for the tool, which knows no such thing.
    Unknown,
}

/// The two parts of a file.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) up: Option<Script>,
    pub(crate) down: Option<Script>,
}

/// Cuts a file. What comes before the first section belongs to the up.
pub(crate) fn cut(
    path: &str,
    text: &str,
    mark: impl Fn(&str) -> Option<Mark>,
    notes: &mut Notes,
) -> Sections {
    let mut head = Script::empty(path);
    let mut sections = Sections::default();
    let (mut in_down, mut no_transaction, mut block) = (false, false, None);
    let mut variables = false;
    for (number, line) in numbered(text) {
        let current = match (in_down, &mut sections) {
            (false, Sections { up: Some(up), .. }) => up,
            (true, Sections { down: Some(down), .. }) => down,
            _ => &mut head,
        };
        match mark(line) {
            None => {
                if variables && line.contains('$') {
                    let what = "a variable of the environment was put in here: write down its value";
                    notes.attention(path, Some(number), what);
                }
                current.push(number, line);
            }
            Some(Mark::Up { no_transaction: alone }) => {
                (in_down, block) = (false, None);
                let before = std::mem::replace(&mut head, Script::empty(path));
                if let Some(first) = outline(before.text()).first() {
                    let what = "statements before the first section: they are part of its up now";
                    notes.attention(path, before.line_of(first.range.start), what);
                }
                let up = sections.up.get_or_insert(before);
                up.no_transaction |= alone;
            }
            Some(Mark::Down { no_transaction: alone }) => {
                (in_down, block) = (true, None);
                let down = sections.down.get_or_insert_with(|| Script::empty(path));
                down.no_transaction |= alone;
            }
            Some(Mark::NoTransaction) => no_transaction = true,
            Some(Mark::StatementBegin) => block = Some(current.text().len()),
            Some(Mark::StatementEnd) => {
                let from = block.take().unwrap_or(current.text().len());
                let is_open = outline(&current.text()[from..]).last().is_some_and(|last| last.end.is_none());
                if is_open {
                    current.push(number, ";\n");
                    notes.changed(path, Some(number), "the statement had no semicolon: one was added");
                }
            }
            Some(Mark::Variables(on)) => variables = on,
            Some(Mark::Unknown) => {
                let what = format!("`{}` is no directive that can be converted", line.trim());
                notes.attention(path, Some(number), what);
            }
        }
    }
    sections.up = sections.up.map(|up| up.no_transaction(no_transaction));
    sections.down = sections.down.map(|down| down.no_transaction(no_transaction));
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(line: &str) -> Option<Mark> {
        match line.trim_end() {
            "-- up" => Some(Mark::Up { no_transaction: false }),
            "-- down" => Some(Mark::Down { no_transaction: true }),
            "-- begin" => Some(Mark::StatementBegin),
            "-- end" => Some(Mark::StatementEnd),
            "-- what" => Some(Mark::Unknown),
            "-- vars" => Some(Mark::Variables(true)),
            _ => None,
        }
    }

    #[test]
    fn two_parts() {
        let mut notes = Notes::default();
        let text = "-- head\n-- up\n-- begin\nselect 1\n-- end\n-- what\n-- down\n-- vars\nselect $X;";
        let sections = cut("a", text, mark, &mut notes);
        let (up, down) = (sections.up.expect("an up"), sections.down.expect("a down"));
        assert_eq!((up.text(), up.no_transaction), ("-- head\nselect 1\n;\n", false));
        assert_eq!((down.text(), down.no_transaction, down.original(1)), ("select $X;", true, Some(9)));
        let lines: Vec<_> = notes.sorted().iter().map(|note| note.line).collect();
        assert_eq!(lines, [Some(5), Some(6), Some(9)]);
    }
}
