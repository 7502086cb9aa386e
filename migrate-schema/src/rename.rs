//! Other names for the same things: what looks like one is proposed, and never done unasked.

mod alike;
mod in_memory;

pub(crate) use alike::{Renamed, renamed as alike};
pub(crate) use in_memory::with_name;

use crate::fact::Fact;
use crate::key::{Key, quoted, split_outside_quotes, unquoted};
use crate::kind::Kind;
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

/// Something that gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    from: Key,
    to: Key,
}

/// What may have become of a thing that is gone: something new that is made alike.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// What is gone.
    pub from: Key,
    /// What is new and made alike.
    pub to: Vec<Key>,
}

/// Why something cannot get another name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenameError {
    /// It is not written as `old=new`.
    Malformed(String),
    /// Nothing that is gone has the old name.
    NothingGone {
        /// As it was asked for.
        asked: String,
        /// What is gone.
        gone: Vec<Key>,
    },
    /// Several things that are gone have the old name.
    Ambiguous {
        /// As it was asked for.
        asked: String,
        /// Which they are.
        candidates: Vec<Key>,
    },
    /// The schema that is declared has nothing of the new name.
    NothingNew {
        /// As it was asked for.
        asked: String,
        /// What would have to be there.
        missing: Key,
    },
}

/// The kinds that can have other names.
const KINDS: [Kind; 9] = [
    Kind::Table,
    Kind::Column,
    Kind::View,
    Kind::MaterializedView,
    Kind::Sequence,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::Constraint,
];

/// What looks as if it had got another name: it is gone, and something of the same kind in the same place is new and made
/// alike.
pub fn rename_candidates(old: &Schema, new: &Schema) -> Vec<Candidate> {
    let gone = gone(old, new).filter(|fact| matches!(fact.key.kind(), Kind::Table | Kind::Column));
    let candidates = gone.filter_map(|fact| {
        let is_new = |other: &&Fact| old.get(&other.key).is_none() && is_beside(&fact.key, &other.key);
        let alike = new.facts().filter(is_new).filter(|other| are_alike(fact, old, other, new));
        let to: Vec<Key> = alike.map(|fact| fact.key.clone()).collect();
        (!to.is_empty()).then(|| Candidate { from: fact.key.clone(), to })
    });
    candidates.collect()
}

/// Understands `old=new`: a column as `table.column=new_name`, anything else as `name=new_name`, with a schema where it is
/// not `public`. A name with a dot or an equals sign in it is written in double quotes, as in SQL; one without quotes is taken
/// to the letter.
///
/// # Errors
///
/// Nothing that is gone has the old name, or several things have; or nothing that is declared has the new one.
pub fn renames(asked: &[String], old: &Schema, new: &Schema) -> Result<Vec<Rename>, RenameError> {
    asked.iter().map(|asked| rename(asked, old, new)).collect()
}

/// Checks that it says `old=new`, whatever the schemas have.
///
/// # Errors
///
/// [`RenameError::Malformed`].
pub fn check_rename(asked: &str) -> Result<(), RenameError> {
    sides(asked).map(|_| ())
}

/// The old and the new name.
fn sides(asked: &str) -> Result<(Vec<String>, Vec<String>), RenameError> {
    let malformed = || RenameError::Malformed(asked.to_owned());
    let sides = split_outside_quotes(asked, '=').ok_or_else(malformed)?;
    let [from, to] = sides.as_slice() else { return Err(malformed()) };
    Ok((names(from).ok_or_else(malformed)?, names(to).ok_or_else(malformed)?))
}

fn rename(asked: &str, old: &Schema, new: &Schema) -> Result<Rename, RenameError> {
    let malformed = || RenameError::Malformed(asked.to_owned());
    let (from, to) = sides(asked)?;
    let leaf = to.last().ok_or_else(malformed)?;
    let asked = || asked.to_owned();
    let all: Vec<&Key> = gone(old, new).map(|fact| &fact.key).collect();
    let path = |key: &Key| -> Vec<String> { key.path().iter().map(|name| unquoted(name)).collect() };
    let mut found: Vec<&Key> = all.iter().copied().filter(|key| path(key).ends_with(&from)).collect();
    let is_exact = |key: &&Key| {
        let path = path(key);
        path == from || path.split_first().is_some_and(|(schema, rest)| schema == "public" && rest == from)
    };
    let exact: Vec<&Key> = found.iter().copied().filter(is_exact).collect();
    if !exact.is_empty() {
        found = exact;
    }
    let renamed = |key: &Key| {
        let mut beside = new.facts().map(|fact| &fact.key).filter(|other| is_beside(key, other));
        beside.find(|other| unquoted(other.leaf()) == *leaf).cloned().unwrap_or_else(|| {
            let mut path = key.path().to_vec();
            if let Some(last) = path.last_mut() {
                *last = quoted(&[leaf]);
            }
            Key::new(key.kind(), path)
        })
    };
    // Of several that are gone, only one may have something new for it.
    let with_new: Vec<&Key> = found.iter().copied().filter(|key| new.get(&renamed(key)).is_some()).collect();
    match (with_new.as_slice(), found.as_slice()) {
        ([one], _) => Ok(Rename { from: (*one).clone(), to: renamed(one) }),
        ([_, _, ..], _) => Err(RenameError::Ambiguous {
            asked: asked(),
            candidates: with_new.into_iter().cloned().collect(),
        }),
        ([], [first, ..]) => Err(RenameError::NothingNew { asked: asked(), missing: renamed(first) }),
        ([], []) => {
            Err(RenameError::NothingGone { asked: asked(), gone: all.into_iter().cloned().collect() })
        }
    }
}

/// Names with dots between, without their quotes. `None`: that is not what it is.
fn names(text: &str) -> Option<Vec<String>> {
    let pieces = split_outside_quotes(text.trim(), '.')?;
    let names: Vec<String> = pieces.into_iter().map(|name| unquoted(name.trim())).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

/// What the new schema no longer has.
fn gone<'s>(old: &'s Schema, new: &'s Schema) -> impl Iterator<Item = &'s Fact> {
    old.facts().filter(|fact| KINDS.contains(&fact.key.kind()) && new.get(&fact.key).is_none())
}

/// Of one kind and in one schema, or in one table.
fn is_beside(one: &Key, other: &Key) -> bool {
    let place = |key: &Key| key.path()[..key.path().len() - 1].to_vec();
    one.kind() == other.kind() && place(one) == place(other)
}

fn are_alike(one: &Fact, old: &Schema, other: &Fact, new: &Schema) -> bool {
    if one.key.kind() != Kind::Table {
        return one.changes(other).is_empty();
    }
    // A table may have got a column more or less as well: most of them have to be there.
    let columns = |fact: &Fact, schema: &Schema| -> Vec<(String, String)> {
        let columns = schema.parts(&fact.key, Kind::Column);
        columns.map(|column| (column.key.leaf().to_owned(), column.text("type").to_owned())).collect()
    };
    let (before, after) = (columns(one, old), columns(other, new));
    let kept = before.iter().filter(|column| after.contains(column)).count();
    kept > 0 && kept * 3 >= before.len().max(after.len()) * 2
}

impl Rename {
    /// Names it anew.
    ///
    /// `None`: the two are not of one kind, or not in one place.
    pub fn new(from: Key, to: Key) -> Option<Self> {
        (is_beside(&from, &to) && KINDS.contains(&from.kind())).then_some(Self { from, to })
    }

    /// What it was called.
    pub fn from(&self) -> &Key {
        &self.from
    }

    /// What it is called now.
    pub fn to(&self) -> &Key {
        &self.to
    }

    pub(crate) fn there(&self) -> Statement {
        statement(&self.from, self.to.leaf())
    }

    pub(crate) fn back(&self) -> Statement {
        statement(&self.to, self.from.leaf())
    }
}

fn statement(key: &Key, name: &str) -> Statement {
    let (own, table) = (key.name(), || key.owner());
    let sql = match key.kind() {
        Kind::Column => format!("ALTER TABLE {} RENAME COLUMN {own} TO {name}", table()),
        Kind::Constraint => format!("ALTER TABLE {} RENAME CONSTRAINT {own} TO {name}", table()),
        Kind::DomainConstraint => format!("ALTER DOMAIN {} RENAME CONSTRAINT {own} TO {name}", table()),
        Kind::Trigger | Kind::Rule | Kind::Policy => {
            let what = key.kind().name().to_uppercase();
            format!("ALTER {what} {own} ON {} RENAME TO {name}", table())
        }
        Kind::Enum => format!("ALTER TYPE {} RENAME TO {name}", key.sql()),
        kind => format!("ALTER {} {} RENAME TO {name}", kind.name().to_uppercase(), key.sql()),
    };
    let statement = Statement::new(sql);
    // These wait for nobody who reads or writes a table.
    let is_light = matches!(key.kind(), Kind::Index | Kind::Statistics | Kind::DomainConstraint);
    if is_light { statement } else { statement.with(Hazard::AccessExclusiveLock) }
}

impl RenameError {
    /// The code of the kind of error that it is, which `migrate explain` takes: `M0811`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "M0811",
            Self::NothingGone { .. } => "M0812",
            Self::Ambiguous { .. } => "M0813",
            Self::NothingNew { .. } => "M0814",
        }
    }
}

impl std::fmt::Display for RenameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list =
            |keys: &[Key]| keys.iter().fold(String::new(), |list, key| list + "\n  " + &key.to_string());
        match self {
            Self::Malformed(asked) => {
                write!(
                    f,
                    "`{asked}` does not say which name becomes which: write `old=new`, or `table.old=new` for a column"
                )
            }
            Self::NothingGone { asked, gone } if gone.is_empty() => {
                write!(f, "`{asked}`: nothing is gone that could have got another name")
            }
            Self::NothingGone { asked, gone } => {
                write!(f, "`{asked}`: nothing of the old name is gone; what is gone:{}", list(gone))
            }
            Self::Ambiguous { asked, candidates } => {
                write!(
                    f,
                    "`{asked}` may be any of these; name its table or its schema too:{}",
                    list(candidates)
                )
            }
            Self::NothingNew { asked, missing } => {
                write!(f, "`{asked}`: the declared schema has no {missing}")
            }
        }
    }
}

impl std::error::Error for RenameError {}
