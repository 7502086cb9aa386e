//! What a script does that may be dangerous, as plain data: it depends on the script alone, and can be
//! written down.

use std::ops::Range;

use super::catalogue::Lint;
use super::link::Link;
use super::name::Name;
use super::retyped::Retyped;
use super::world::Change;
use crate::record::{Fields, Record};

/// What one script does that may be dangerous, whatever the other scripts, the levels and the remarks say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(super) found: Vec<Finding>,
    pub(super) changes: Vec<Change>,
    /// The first lock of each relation that keeps all other sessions out, where they are held until the script ends.
    pub(super) locks: Vec<Lock>,
}

/// A statement may be dangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) lint: &'static Lint,
    pub(super) statement: usize,
    /// Bytes of the script.
    pub(super) range: Range<usize>,
    /// Not where this relation is new, by the name that it has before the script.
    pub(super) relation: Option<Name>,
    /// On what else it depends, where another script may say that.
    pub(super) premise: Option<Premise>,
    /// How many changes the script has made before it.
    pub(super) changes: usize,
    pub(super) message: String,
}

/// What a finding depends on beside its statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Premise {
    /// Not where this column is known to have no nulls.
    Nullable(Name),
    /// A column gets this type, and it depends on which it had.
    Retyped(Retyped),
    /// Only where something is known to be linked to it.
    Linked(Link, Name),
    /// Not where something is known to be linked to it.
    Unlinked(Link, Name),
    /// Only where a table has fewer indexes than the one that it becomes a partition of.
    FewerIndexes(Name, Name),
    /// Only where tables have this attribute's type, and it gets a type that is stored in another way.
    Attribute(Name, String),
}

/// A relation that no other session can read until the script ends.
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
            let links = Link::ALL.len();
            let (kind, name) = match &finding.premise {
                None => (0, ""),
                Some(Premise::Nullable(column)) => (1, column.as_str()),
                Some(Premise::Retyped(it)) => (2, it.column.as_str()),
                Some(Premise::Linked(link, name)) => (3 + *link as usize, name.as_str()),
                Some(Premise::Unlinked(link, name)) => (3 + links + *link as usize, name.as_str()),
                Some(Premise::FewerIndexes(partition, _)) => (3 + links + links, partition.as_str()),
                Some(Premise::Attribute(attribute, _)) => (4 + links + links, attribute.as_str()),
            };
            record.number(kind);
            record.text(name);
            if let Some(Premise::Retyped(it)) = &finding.premise {
                record.text(&it.to);
                record.text(it.from.as_deref().unwrap_or_default());
                record.text(&it.casts.join("::"));
                record.text(it.collation.as_deref().unwrap_or_default());
                record.text(it.old_collation.as_deref().unwrap_or_default());
            } else if let Some(Premise::FewerIndexes(_, parent)) = &finding.premise {
                record.text(parent.as_str());
            } else if let Some(Premise::Attribute(_, to)) = &finding.premise {
                record.text(to);
            }
            record.number(finding.changes);
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
                Change::Indexed(index, table) => (INDEXED, vec![index, table]),
                Change::IndexedLike(table, other) => (INDEXED_LIKE, vec![table, other]),
                Change::Typed(column, ty) => {
                    record.number(TYPED);
                    record.text(column.as_str());
                    record.text(ty);
                    continue;
                }
                Change::Linked(link, from, to) | Change::Unlinked(link, from, to) => {
                    let is_linked = matches!(change, Change::Linked(..));
                    record.number(if is_linked { LINKED } else { UNLINKED });
                    record.number(*link as usize);
                    record.text(from.as_str());
                    record.text(to.as_str());
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
        let some_text =
            |fields: &mut Fields<'_>| Some(Some(fields.text()?.to_owned()).filter(|text| !text.is_empty()));
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
                INDEXED => findings.changes.push(Change::Indexed(name()?, name()?)),
                INDEXED_LIKE => findings.changes.push(Change::IndexedLike(name()?, name()?)),
                TYPED => {
                    let column = name()?;
                    findings.changes.push(Change::Typed(column, fields.text()?.to_owned()));
                }
                HAZARD => findings.found.push(Finding {
                    lint: Lint::named(fields.text()?)?,
                    statement: fields.number()?,
                    range: fields.range()?,
                    relation: some_name(&mut fields)?,
                    premise: {
                        let kind = fields.number()?;
                        let name = some_name(&mut fields)?;
                        let links = Link::ALL.len();
                        match kind {
                            0 => None,
                            1 => Some(Premise::Nullable(name?)),
                            2 => Some(Premise::Retyped(Retyped {
                                column: name?,
                                to: fields.text()?.to_owned(),
                                from: some_text(&mut fields)?,
                                casts: fields.text()?.split_terminator("::").map(str::to_owned).collect(),
                                collation: some_text(&mut fields)?,
                                old_collation: some_text(&mut fields)?,
                            })),
                            _ if kind < 3 + links => Some(Premise::Linked(Link::ALL[kind - 3], name?)),
                            _ if kind == 3 + links + links => {
                                Some(Premise::FewerIndexes(name?, Name::from_text(fields.text()?)))
                            }
                            _ if kind == 4 + links + links => {
                                Some(Premise::Attribute(name?, fields.text()?.to_owned()))
                            }
                            _ => Some(Premise::Unlinked(*Link::ALL.get(kind - 3 - links)?, name?)),
                        }
                    },
                    changes: fields.number()?,
                    message: fields.text()?.to_owned(),
                }),
                LINKED | UNLINKED => {
                    let link = *Link::ALL.get(fields.number()?)?;
                    let mut name = || some_name(&mut fields)?;
                    let (from, to) = (name()?, name()?);
                    findings.changes.push(match kind {
                        LINKED => Change::Linked(link, from, to),
                        _ => Change::Unlinked(link, from, to),
                    });
                }
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
const LINKED: usize = 9;
const UNLINKED: usize = 10;
const INDEXED: usize = 11;
const INDEXED_LIKE: usize = 12;

#[cfg(test)]
mod tests {
    use super::super::{drop, not_null};
    use super::*;

    fn name(name: &str) -> Name {
        Name::relation(&[name.to_owned()], "public")
    }

    fn of_premise(premise: Premise) -> Finding {
        Finding {
            lint: &drop::TABLE,
            statement: 1,
            range: 0..1,
            relation: None,
            premise: Some(premise),
            changes: 0,
            message: String::new(),
        }
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
                    premise: Some(Premise::Retyped(Retyped {
                        column: odd.part("column", "d"),
                        to: "varchar(10)".to_owned(),
                        from: Some("text".to_owned()),
                        casts: vec!["text".to_owned(), "integer".to_owned()],
                        collation: Some("\"C\"".to_owned()),
                        old_collation: None,
                    })),
                    changes: 2,
                    message: "a `\\t` and a\ttab\n".to_owned(),
                },
                Finding {
                    lint: &not_null::SET_NOT_NULL,
                    statement: 0,
                    range: 0..0,
                    relation: None,
                    premise: Some(Premise::Nullable(name("t").part("column", "c"))),
                    changes: 0,
                    message: String::new(),
                },
                of_premise(Premise::Linked(Link::DefaultPartition, name("t"))),
                of_premise(Premise::Unlinked(Link::Virtual, name("t"))),
                of_premise(Premise::FewerIndexes(name("t"), name("u"))),
                of_premise(Premise::Attribute(name("t").part("column", "a"), "text".to_owned())),
            ],
            changes: vec![
                Change::Created(odd.clone()),
                Change::Renamed(odd.clone(), name("b")),
                Change::Dropped(name("b")),
                Change::Claimed(name("c"), name("d")),
                Change::Validated(name("c")),
                Change::Typed(name("t").part("column", "c"), "numeric(5, 2)".to_owned()),
                Change::Foreign(name("f")),
                Change::Linked(Link::Heir, name("a"), name("b")),
                Change::Unlinked(Link::Virtual, name("a"), name("a")),
                Change::Indexed(name("i"), name("a")),
                Change::IndexedLike(name("a"), name("b")),
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
