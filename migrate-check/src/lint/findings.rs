//! What a script does that may be dangerous, as plain data: it depends on the script alone, and fits in a line.

use std::ops::Range;

use super::catalogue::Lint;
use super::name::Name;
use super::world::Change;

/// What one script does that may be dangerous, whatever the other scripts, the levels and the remarks say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(super) found: Vec<Finding>,
    pub(super) changes: Vec<Change>,
    /// The first lock of each relation that keeps everybody out, where they are held until the script ends.
    pub(super) locks: Vec<Lock>,
}

/// A statement may be dangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) lint: &'static Lint,
    pub(super) statement: usize,
    /// Bytes of the script.
    pub(super) range: Range<usize>,
    /// Not where this relation is new.
    pub(super) relation: Option<Name>,
    /// Not where this column is known to have no nulls.
    pub(super) column: Option<Name>,
    pub(super) message: String,
}

/// A relation that nobody else can read until the script ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) relation: Name,
    pub(super) statement: usize,
    pub(super) range: Range<usize>,
}

impl Findings {
    /// One line without its end, from which [`from_line`](Self::from_line) makes the same findings.
    pub(crate) fn to_line(&self) -> String {
        let mut fields = Vec::new();
        for finding in &self.found {
            let name = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
            fields.extend([
                "hazard".to_owned(),
                finding.lint.name().to_owned(),
                finding.statement.to_string(),
                finding.range.start.to_string(),
                finding.range.end.to_string(),
                name(&finding.relation).unwrap_or_default(),
                name(&finding.column).unwrap_or_default(),
                finding.message.clone(),
            ]);
        }
        for change in &self.changes {
            let (word, names) = match change {
                Change::Created(name) => ("created", vec![name]),
                Change::Renamed(from, to) => ("renamed", vec![from, to]),
                Change::Dropped(name) => ("dropped", vec![name]),
                Change::Claimed(constraint, column) => ("claimed", vec![constraint, column]),
                Change::Validated(constraint) => ("validated", vec![constraint]),
            };
            fields.push(word.to_owned());
            fields.extend(names.into_iter().map(|name| name.as_str().to_owned()));
        }
        for lock in &self.locks {
            fields.extend([
                "lock".to_owned(),
                lock.relation.as_str().to_owned(),
                lock.statement.to_string(),
                lock.range.start.to_string(),
                lock.range.end.to_string(),
            ]);
        }
        fields.iter().map(|field| escaped(field)).collect::<Vec<_>>().join("\t")
    }

    /// `None`: the line is not what [`to_line`](Self::to_line) writes, or speaks of a lint that is no more.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut findings = Self::default();
        let fields = line.split('\t').map(unescaped).collect::<Option<Vec<_>>>()?;
        let mut fields = Fields(fields.into_iter());
        if line.is_empty() {
            return Some(findings);
        }
        while let Some(word) = fields.0.next() {
            match &*word {
                "hazard" => findings.found.push(Finding {
                    lint: Lint::named(&fields.text()?)?,
                    statement: fields.number()?,
                    range: fields.range()?,
                    // What is missing here is missing behind it too.
                    relation: fields.name(),
                    column: fields.name(),
                    message: fields.text()?,
                }),
                "created" => findings.changes.push(Change::Created(fields.name()?)),
                "renamed" => findings.changes.push(Change::Renamed(fields.name()?, fields.name()?)),
                "dropped" => findings.changes.push(Change::Dropped(fields.name()?)),
                "claimed" => findings.changes.push(Change::Claimed(fields.name()?, fields.name()?)),
                "validated" => findings.changes.push(Change::Validated(fields.name()?)),
                "lock" => findings.locks.push(Lock {
                    relation: fields.name()?,
                    statement: fields.number()?,
                    range: fields.range()?,
                }),
                _ => return None,
            }
        }
        Some(findings)
    }
}

struct Fields(std::vec::IntoIter<String>);

impl Fields {
    fn text(&mut self) -> Option<String> {
        self.0.next()
    }

    fn number(&mut self) -> Option<usize> {
        self.text()?.parse().ok()
    }

    fn range(&mut self) -> Option<Range<usize>> {
        let (start, end) = (self.number()?, self.number()?);
        (start <= end).then_some(start..end)
    }

    fn name(&mut self) -> Option<Name> {
        self.text().filter(|text| !text.is_empty()).map(|text| Name::from_text(&text))
    }
}

fn escaped(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(field: &str) -> Option<String> {
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next()? {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            '\n' | '\r' => return None,
            c => c,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::{drop, not_null};
    use super::*;

    fn name(name: &str) -> Name {
        Name::relation(&[name.to_owned()], "public")
    }

    #[test]
    fn a_line_holds_it_all() {
        let odd = name("a\tb\\\nc\r");
        let findings = Findings {
            found: vec![
                Finding {
                    lint: &drop::TABLE,
                    statement: 3,
                    range: 10..20,
                    relation: Some(odd.clone()),
                    column: None,
                    message: "a `\\t` and a\ttab\n".to_owned(),
                },
                Finding {
                    lint: &not_null::SET_NOT_NULL,
                    statement: 0,
                    range: 0..0,
                    relation: None,
                    column: Some(name("t").part("column", "c")),
                    message: String::new(),
                },
            ],
            changes: vec![
                Change::Created(odd.clone()),
                Change::Renamed(odd.clone(), name("b")),
                Change::Dropped(name("b")),
                Change::Claimed(name("c"), name("d")),
                Change::Validated(name("c")),
            ],
            locks: vec![Lock { relation: odd, statement: 1, range: 2..3 }],
        };
        let line = findings.to_line();
        assert!(!line.contains(['\n', '\r']), "{line}");
        assert_eq!(Findings::from_line(&line), Some(findings));
        assert_eq!(Findings::from_line(&Findings::default().to_line()), Some(Findings::default()));
    }

    #[test]
    fn a_line_that_is_damaged_or_of_another_version() {
        for line in
            ["hazard", "hazard\tno-such-lint\t0\t0\t0\t\t\tx", "lock\ta\t0\t2\t1", "created\t", "x", "\\"]
        {
            assert_eq!(Findings::from_line(line), None, "{line}");
        }
    }
}
