//! What a script does that may be dangerous, as plain data: it depends on the script alone, and can be
//! written down.

use std::ops::Range;

use super::catalogue::Lint;
use super::name::Name;
use super::retyped::Retyped;
use super::world::Change;
use crate::record::{Fields, Record};

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
    /// Which type a column gets, where another script may say which it had.
    pub(super) retyped: Option<Retyped>,
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
    /// Writes them down as [`read`](Self::read) reads them.
    pub(crate) fn write(&self, record: &mut Record) {
        let text =
            |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
        for finding in &self.found {
            record.number(HAZARD);
            record.text(finding.lint.name());
            record.number(finding.statement);
            record.range(&finding.range);
            record.text(&text(&finding.relation));
            record.text(&text(&finding.column));
            let (column, to) =
                finding.retyped.as_ref().map(|it| (it.column.as_str(), &*it.to)).unwrap_or_default();
            record.text(column);
            record.text(to);
            record.text(&finding.message);
        }
        for change in &self.changes {
            let (kind, names) = match change {
                Change::Created(name) => (CREATED, vec![name]),
                Change::Renamed(from, to) => (RENAMED, vec![from, to]),
                Change::Dropped(name) => (DROPPED, vec![name]),
                Change::Claimed(constraint, column) => (CLAIMED, vec![constraint, column]),
                Change::Validated(constraint) => (VALIDATED, vec![constraint]),
                Change::Foreign(table) => (FOREIGN, vec![table]),
                Change::Typed(column, ty) => {
                    record.number(TYPED);
                    record.text(column.as_str());
                    record.text(ty);
                    continue;
                }
            };
            record.number(kind);
            for name in names {
                record.text(name.as_str());
            }
        }
        for lock in &self.locks {
            record.number(LOCK);
            record.text(lock.relation.as_str());
            record.number(lock.statement);
            record.range(&lock.range);
        }
    }

    /// `None`: that is not what [`write`](Self::write) writes, or speaks of a lint that is no more.
    pub(crate) fn read(mut fields: Fields<'_>) -> Option<Self> {
        let mut findings = Self::default();
        let some_name = |fields: &mut Fields<'_>| {
            Some(Some(fields.text()?).filter(|text| !text.is_empty()).map(Name::from_text))
        };
        while !fields.is_empty() {
            let kind = fields.number()?;
            let mut name = || some_name(&mut fields)?;
            match kind {
                CREATED => findings.changes.push(Change::Created(name()?)),
                RENAMED => findings.changes.push(Change::Renamed(name()?, name()?)),
                DROPPED => findings.changes.push(Change::Dropped(name()?)),
                CLAIMED => findings.changes.push(Change::Claimed(name()?, name()?)),
                VALIDATED => findings.changes.push(Change::Validated(name()?)),
                FOREIGN => findings.changes.push(Change::Foreign(name()?)),
                TYPED => {
                    let column = name()?;
                    findings.changes.push(Change::Typed(column, fields.text()?.to_owned()));
                }
                HAZARD => findings.found.push(Finding {
                    lint: Lint::named(fields.text()?)?,
                    statement: fields.number()?,
                    range: fields.range()?,
                    relation: some_name(&mut fields)?,
                    column: some_name(&mut fields)?,
                    retyped: {
                        let column = some_name(&mut fields)?;
                        let to = fields.text()?.to_owned();
                        column.map(|column| Retyped { column, to })
                    },
                    message: fields.text()?.to_owned(),
                }),
                LOCK => findings.locks.push(Lock {
                    relation: name()?,
                    statement: fields.number()?,
                    range: fields.range()?,
                }),
                _ => return None,
            }
        }
        Some(findings)
    }
}

const HAZARD: usize = 0;
const CREATED: usize = 1;
const RENAMED: usize = 2;
const DROPPED: usize = 3;
const CLAIMED: usize = 4;
const VALIDATED: usize = 5;
const LOCK: usize = 6;
const TYPED: usize = 7;
const FOREIGN: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::{drop, not_null};
    use super::*;

    fn name(name: &str) -> Name {
        Name::relation(&[name.to_owned()], "public")
    }

    #[test]
    fn what_is_written_is_read() {
        let odd = name("a\tb\\\nc\r");
        let findings = Findings {
            found: vec![
                Finding {
                    lint: &drop::TABLE,
                    statement: 3,
                    range: 10..20,
                    relation: Some(odd.clone()),
                    column: None,
                    retyped: Some(Retyped { column: odd.part("column", "d"), to: "varchar(10)".to_owned() }),
                    message: "a `\\t` and a\ttab\n".to_owned(),
                },
                Finding {
                    lint: &not_null::SET_NOT_NULL,
                    statement: 0,
                    range: 0..0,
                    relation: None,
                    column: Some(name("t").part("column", "c")),
                    retyped: None,
                    message: String::new(),
                },
            ],
            changes: vec![
                Change::Created(odd.clone()),
                Change::Renamed(odd.clone(), name("b")),
                Change::Dropped(name("b")),
                Change::Claimed(name("c"), name("d")),
                Change::Validated(name("c")),
                Change::Typed(name("t").part("column", "c"), "numeric(5, 2)".to_owned()),
                Change::Foreign(name("f")),
            ],
            locks: vec![Lock { relation: odd, statement: 1, range: 2..3 }],
        };
        let written = |findings: &Findings| {
            let mut record = Record::default();
            findings.write(&mut record);
            record.0
        };
        let bytes = written(&findings);
        assert_eq!(Findings::read(Fields(&bytes)), Some(findings));
        assert_eq!(Findings::read(Fields(&written(&Findings::default()))), Some(Findings::default()));
    }

    #[test]
    fn what_is_damaged_or_of_another_version() {
        let mut record = Record::default();
        record.number(HAZARD);
        record.text("no-such-lint");
        for bytes in [&record.0, &vec![99], &vec![1], &vec![1, 0], &vec![6, 1, b'a', 0, 2, 1]] {
            assert_eq!(Findings::read(Fields(bytes)), None, "{bytes:?}");
        }
    }
}
