//! What looks as if it had got another name.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Names, renamable};
use super::{Rename, is_beside, is_of_type, unasked};
use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::schema::Schema;

/// What may have become of a thing that is gone: something new that is made alike.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// What is gone.
    pub from: Key,
    /// What is new and made alike. A column may be in a table that is a candidate itself.
    pub to: Vec<Key>,
}

impl Candidate {
    /// What asks for one of these names, as [`renames`](super::renames) understands it.
    pub fn asking_for(&self, to: &Key) -> String {
        let name = if is_beside(&self.from, to) {
            to.name().to_owned()
        } else if self.from.path().first() == to.path().first() {
            qualified(to.path())
        } else {
            to.path().join(".")
        };
        format!("{}={name}", qualified(self.from.path()))
    }
}

/// What looks as if it had got another name, beside the renames that are known: it is gone, and something of the same kind is
/// new and made alike: in the same place, or of the same name in another schema. Where a table looks so, its columns follow.
/// What holds no rows and is the same but for its name is not among it: [`generate`](crate::generate) renames that unasked.
pub fn rename_candidates(old: &Schema, new: &Schema, known: &[Rename]) -> Vec<Candidate> {
    let names = Names::after(old, new, known);
    let taken: BTreeSet<Key> = names.images().collect();
    let added: Vec<Key> = renamable(new).into_iter().filter(|key| !taken.contains(key)).collect();
    let likeness = Likeness { old, new, types: types(old, new) };
    let mut candidates = Vec::new();
    for (from, image) in names.gone() {
        let is_meant = |to: &&Key| {
            let is_moved = || is_whole(&image) && image.kind() == to.kind() && image.name() == to.name();
            (is_beside(&image, to) || is_moved()) && likeness.is_like(from, to)
        };
        let to: Vec<Key> = added.iter().filter(is_meant).cloned().collect();
        if !to.is_empty() {
            candidates.push(Candidate { from: from.clone(), to });
        }
    }
    let tables: Vec<Candidate> =
        candidates.iter().filter(|candidate| is_table(&candidate.from)).cloned().collect();
    candidates.extend(tables.iter().flat_map(|table| likeness.columns(table)));
    candidates
}

fn is_table(key: &Key) -> bool {
    matches!(key.kind(), Kind::Table | Kind::ForeignTable)
}

/// Whether it may go to another schema and keep what it holds.
fn is_whole(key: &Key) -> bool {
    is_table(key) || key.kind() == Kind::Sequence
}

/// The types that get other names unasked.
fn types(old: &Schema, new: &Schema) -> BTreeMap<String, String> {
    let renames = unasked(old, new).into_iter();
    renames.map(|rename| (qualified(rename.from().path()), qualified(rename.to().path()))).collect()
}

/// What two schemas have that may be the same.
struct Likeness<'s> {
    old: &'s Schema,
    new: &'s Schema,
    types: BTreeMap<String, String>,
}

impl Likeness<'_> {
    /// Whether something that is gone may be this.
    fn is_like(&self, from: &Key, to: &Key) -> bool {
        if is_of_type(from) {
            return self.is_value_alike(from, to);
        }
        let (Some(one), Some(other)) = (self.old.get(from), self.new.get(to)) else { return false };
        match from.kind() {
            // With its default and what else there is to a column.
            Kind::Column => self.is_column_alike(one, other),
            Kind::Table | Kind::ForeignTable => self.is_table_alike(one, other),
            Kind::Sequence => self.is_sequence_alike(one, other),
            Kind::Schema => self.is_schema_alike(from, to),
            _ => false,
        }
    }

    /// The type of a column as it is called afterwards.
    fn type_of(&self, column: &Fact) -> String {
        let name = column.text("type");
        let plain = name.trim_end_matches("[]");
        self.types.get(plain).map_or_else(|| name.to_owned(), |new| format!("{new}{}", &name[plain.len()..]))
    }

    fn is_column_alike(&self, one: &Fact, other: &Fact) -> bool {
        let changes = one.changes(other);
        changes.iter().all(|name| *name == "type") && self.type_of(one) == other.text("type")
    }

    /// The columns of a table that looks as if it had got another name, which have other names too.
    fn columns(&self, table: &Candidate) -> Vec<Candidate> {
        let mut columns: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for to in &table.to {
            let there: Vec<&Fact> = self.new.parts(to, Kind::Column).collect();
            let here: Vec<&Fact> = self.old.parts(&table.from, Kind::Column).collect();
            let has = |list: &[&Fact], one: &Fact| list.iter().any(|fact| fact.key.leaf() == one.key.leaf());
            for one in here.iter().filter(|one| !has(&there, one)) {
                let alike =
                    there.iter().filter(|other| !has(&here, other) && self.is_column_alike(one, other));
                columns.entry(one.key.clone()).or_default().extend(alike.map(|fact| fact.key.clone()));
            }
        }
        let found = columns.into_iter().filter(|(_, to)| !to.is_empty());
        found.map(|(from, to)| Candidate { from, to }).collect()
    }

    /// A table may have got a column more or less as well, and another name for one: most of them have to be there. A partition
    /// is the same where it has the same rows.
    fn is_table_alike(&self, one: &Fact, other: &Fact) -> bool {
        let bound = |fact: &Fact, schema: &Schema| {
            schema.parts(&fact.key, Kind::Inheritance).find_map(|link| link.get("bound").map(str::to_owned))
        };
        if bound(one, self.old) != bound(other, self.new) {
            return false;
        }
        let name = |column: &Fact| column.key.leaf().to_owned();
        let columns = self.old.parts(&one.key, Kind::Column);
        let mut before: Vec<(String, String)> =
            columns.map(|column| (name(column), self.type_of(column))).collect();
        let columns = self.new.parts(&other.key, Kind::Column);
        let mut after: Vec<(String, String)> =
            columns.map(|column| (name(column), column.text("type").to_owned())).collect();
        let most = before.len().max(after.len());
        let all = before.len();
        before.retain(|column| match after.iter().position(|other| other == column) {
            Some(at) => {
                after.remove(at);
                false
            }
            None => true,
        });
        let kept = all - before.len();
        // One of the same type under another name counts half.
        let renamed = before.iter().filter(|(_, of)| {
            let at = after.iter().position(|(_, other)| other == of);
            at.map(|at| after.remove(at)).is_some()
        });
        kept > 0 && (2 * kept + renamed.count()) * 3 >= most * 4
    }

    /// A sequence that no column counts by: one of a column's is renamed by itself.
    fn is_sequence_alike(&self, one: &Fact, other: &Fact) -> bool {
        let has_column = |fact: &Fact, schema: &Schema| {
            let is_default = schema.dependents(&fact.key).any(|fact| fact.key.kind() == Kind::Default);
            is_default || schema.find(Kind::SequenceOwner, fact.key.path()).is_some()
        };
        one.changes(other).is_empty() && !has_column(one, self.old) && !has_column(other, self.new)
    }

    /// Most of what is in the one is in the other, and there are rows in it.
    fn is_schema_alike(&self, from: &Key, to: &Key) -> bool {
        let contents = |schema: &'_ Schema, key: &Key| -> BTreeSet<Key> {
            let whole = schema.facts().filter(|fact| fact.key.kind().namespace().is_some());
            let within = whole.filter(|fact| fact.key.path().first() == key.path().first());
            within.map(|fact| fact.key.in_schema(to.leaf())).collect()
        };
        let (before, after) = (contents(self.old, from), contents(self.new, to));
        let kept: Vec<&Key> = before.intersection(&after).collect();
        kept.iter().any(|key| is_whole(key)) && kept.len() * 3 >= before.len().max(after.len()) * 2
    }

    /// A value of an enum that stands behind the same one; an attribute of the same type.
    fn is_value_alike(&self, from: &Key, to: &Key) -> bool {
        let whole = |key: &Key| Key::new(key.kind(), key.path()[..2].to_vec());
        let (Some(one), Some(other)) = (self.old.get(&whole(from)), self.new.get(&whole(to))) else {
            return false;
        };
        if from.kind() == Kind::Enum {
            let (before, after) = (one.list("values"), other.list("values"));
            return behind(&before, &after, from) == behind(&after, &before, to);
        }
        let attribute = |fact: &Fact, key: &Key| -> Option<Vec<String>> {
            let all: Vec<Vec<String>> = serde_json::from_str(fact.text("attributes")).ok()?;
            all.into_iter().find(|attribute| attribute.first().is_some_and(|name| name == key.name()))
        };
        let (one, other) = (attribute(one, from), attribute(other, to));
        one.zip(other).is_some_and(|(one, other)| one[1..] == other[1..])
    }
}

/// The last value before one that the other list has too. `None`: there is none.
fn behind<'v>(values: &'v [String], other: &[String], value: &Key) -> Option<&'v String> {
    let at = values.iter().position(|one| crate::key::quoted(&[one]) == value.name())?;
    values[..at].iter().rev().find(|one| other.contains(one))
}
