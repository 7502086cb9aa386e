//! What differs in nothing but its name gets the other name, and is not built again: the names that PostgreSQL gives to the
//! constraints, indexes and sequences of a table do not follow when the table or a column is renamed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{in_memory, statement};
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::{Kind, Namespace};
use crate::kinds::table::table_of;
use crate::online::beside;
use crate::schema::Schema;
use crate::statement::Statement;

/// What is renamed before anything else, and the schema that this leads to.
pub(crate) struct Renamed<'s> {
    pub(crate) statements: Vec<Statement>,
    pub(crate) schema: Cow<'s, Schema>,
}

/// What belongs to a table or to a domain: another name for it loses nothing and breaks no query. A table, a view or a
/// function is renamed only when somebody asks for it.
const KINDS: [Kind; 8] = [
    Kind::DomainConstraint,
    Kind::Sequence,
    Kind::Constraint,
    Kind::Index,
    Kind::Statistics,
    Kind::Trigger,
    Kind::Rule,
    Kind::Policy,
];

/// Renames whatever is in the new schema under another name, until nothing is.
pub(crate) fn renamed<'s>(old: &'s Schema, new: &Schema) -> Renamed<'s> {
    let mut renamed = Renamed { statements: Vec::new(), schema: Cow::Borrowed(old) };
    // The index of a partition is like the new one only once that of its parent has its new name.
    loop {
        let before = renamed.statements.len();
        renamed.all(pairs(&renamed.schema, new));
        if renamed.statements.len() == before {
            return renamed;
        }
    }
}

impl Renamed<'_> {
    fn all(&mut self, mut pairs: Vec<(Key, Key)>) {
        while !pairs.is_empty() {
            let is_free = |(from, to): &(Key, Key)| self.occupants(from, to).is_empty();
            if let Some(at) = pairs.iter().position(is_free) {
                let (from, to) = pairs.remove(at);
                self.rename(&from, &to);
                continue;
            }
            // Names are exchanged, or the other thing is dropped by the plan: it gets out of the way.
            let (from, to) = pairs[0].clone();
            let occupants = self.occupants(&from, &to);
            let can_move = |key: &Key| {
                key.kind() != Kind::Sequence
                    && self.schema.get(key).is_some_and(|fact| is_renamed_alone(fact, &self.schema))
            };
            if !occupants.iter().all(can_move) {
                pairs.remove(0);
                continue;
            }
            for occupant in occupants {
                let aside = occupant.with_name(&beside(occupant.name(), "old"));
                if !self.occupants(&occupant, &aside).is_empty() {
                    pairs.clear();
                    break;
                }
                self.rename(&occupant, &aside);
                for pair in pairs.iter_mut().filter(|pair| pair.0 == occupant) {
                    pair.0 = aside.clone();
                }
            }
        }
    }

    fn rename(&mut self, from: &Key, to: &Key) {
        self.statements.push(statement(from, to.name()));
        let heirs = inheriting(from, &self.schema).unwrap_or_default();
        let schema = self.schema.to_mut();
        in_memory::rename(schema, from, to);
        for heir in heirs {
            in_memory::rename(schema, &heir, &heir.with_name(to.name()));
        }
    }

    /// What has the name that a thing is to get, or one of those that get it with that thing.
    fn occupants(&self, from: &Key, to: &Key) -> Vec<Key> {
        let heirs = inheriting(from, &self.schema).unwrap_or_default();
        let targets: BTreeSet<Key> =
            heirs.iter().map(|heir| heir.with_name(to.name())).chain([to.clone()]).collect();
        let has_index = self.schema.get(from).is_some_and(has_relation);
        let is_in_the_way = |other: &Fact| {
            targets.contains(&other.key)
                || has_index && has_relation(other) && relation(&other.key) == relation(to)
        };
        let others = self.schema.facts().filter(|fact| fact.key != *from && is_in_the_way(fact));
        others.map(|fact| fact.key.clone()).collect()
    }
}

/// Whether its name is one of a relation, which no other relation in the schema has.
fn has_relation(fact: &Fact) -> bool {
    match fact.key.kind() {
        Kind::Constraint => matches!(fact.text("_type"), "p" | "u" | "x"),
        Kind::Composite => true,
        kind => kind.namespace() == Some(Namespace::Relation),
    }
}

fn relation(key: &Key) -> (&str, &str) {
    (key.path().first().map_or("", String::as_str), key.name())
}

/// What is gone, or is another thing now, with what is new and like it.
fn pairs(old: &Schema, new: &Schema) -> Vec<(Key, Key)> {
    let loose = |schema: &'_ Schema, other: &Schema| -> Vec<Key> {
        let is_same = |fact: &Fact| other.get(&fact.key).is_some_and(|other| fact.changes(other).is_empty());
        let facts = schema.facts().filter(|fact| KINDS.contains(&fact.key.kind()) && !is_same(fact));
        facts.filter(|fact| is_renamed_alone(fact, schema)).map(|fact| fact.key.clone()).collect()
    };
    // Those on one thing are compared with each other.
    let mut left: BTreeMap<(Kind, Vec<String>), Vec<Key>> = BTreeMap::new();
    let place = |fact: &Fact| (fact.key.kind(), whole(fact));
    for (to, fact) in loose(new, old).into_iter().filter_map(|to| Some((to.clone(), new.get(&to)?))) {
        left.entry(place(fact)).or_default().push(to);
    }
    let mut pairs = Vec::new();
    for from in loose(old, new) {
        let Some(fact) = old.get(&from) else { continue };
        let Some(left) = left.get_mut(&place(fact)) else { continue };
        let is_like = |to: &Key| new.get(to).is_some_and(|other| are_alike(fact, old, other, new));
        if let Some(at) = left.iter().position(is_like) {
            pairs.push((from, left.remove(at)));
        }
    }
    pairs
}

fn are_alike(one: &Fact, old: &Schema, other: &Fact, new: &Schema) -> bool {
    if one.key.kind() != other.key.kind()
        || one.key.path()[0] != other.key.path()[0]
        || one.key.name() == other.key.name()
    {
        return false;
    }
    if one.key.kind() == Kind::Sequence {
        // It counts for the same column: whatever else becomes of it, it goes on from where it stands.
        let is_same_count = old.get(&other.key).is_none() && new.get(&one.key).is_none();
        let (owner, other_owner) = (owner(one, old), owner(other, new));
        let is_owned = owner.is_some() && owner == other_owner;
        let users = |fact: &Fact, schema: &Schema| -> Vec<Key> {
            let defaults = schema.dependents(&fact.key).filter(|fact| fact.key.kind() == Kind::Default);
            defaults.map(|fact| fact.key.clone()).collect()
        };
        let is_used_alike = || {
            let users = (users(one, old), users(other, new));
            !users.0.is_empty() && users.0 == users.1 && owner == other_owner && one.changes(other).is_empty()
        };
        return is_same_count && (is_owned || is_used_alike());
    }
    in_memory::with_name(one, &other.key).changes(other).is_empty()
}

/// The column that a sequence belongs to.
fn owner(fact: &Fact, schema: &Schema) -> Option<Key> {
    let owner = schema.find(Kind::SequenceOwner, fact.key.path())?;
    owner.needs.keys().find(|key| key.kind() == Kind::Column).cloned()
}

/// What a thing is on; of a sequence, its schema.
fn whole(fact: &Fact) -> Vec<String> {
    match fact.key.kind() {
        Kind::Sequence => fact.key.path()[..1].to_vec(),
        Kind::Index => fact.list("_table"),
        Kind::Statistics => table_of(fact).map(|table| table.path().to_vec()).unwrap_or_default(),
        _ => fact.key.path()[..2].to_vec(),
    }
}

/// Whether PostgreSQL takes another name for it: a check that is inherited has the name of its parent's.
fn is_renamed_alone(fact: &Fact, schema: &Schema) -> bool {
    if !KINDS.contains(&fact.key.kind()) {
        return false;
    }
    // PostgreSQL 14 leaves the triggers of partitions their names.
    let has_states = fact.key.kind() == Kind::Trigger
        && schema.dependents(&fact.key).any(|state| state.key.kind() == Kind::TriggerState);
    let is_inherited = fact.has("_inherited") && !matches!(fact.text("_type"), "p" | "u" | "x");
    !has_states && !is_inherited && inheriting(&fact.key, schema).is_some()
}

/// The constraints that get the same name with it, since they come from it. `None`: one of them has it from another parent too,
/// and PostgreSQL lets it keep its name.
fn inheriting(key: &Key, schema: &Schema) -> Option<Vec<Key>> {
    let fact = schema.get(key)?;
    if key.kind() != Kind::Constraint
        || fact.text("_type") != "c"
        || fact.text("definition").contains("NO INHERIT")
    {
        return Some(Vec::new());
    }
    let constraint = |table: &[String]| {
        let mut path = table.to_vec();
        path.push(key.name().to_owned());
        schema.find(Kind::Constraint, &path)
    };
    let table = |path: &[String]| [Kind::Table, Kind::ForeignTable].map(|kind| Key::new(kind, path.to_vec()));
    let first = &key.path()[..2];
    let (mut tables, mut next) = (BTreeSet::from([first]), vec![first]);
    let mut heirs = Vec::new();
    while let Some(parent) = next.pop() {
        let keys = table(parent);
        let links = keys.iter().flat_map(|key| schema.dependents_of_kind(key, Kind::Inheritance));
        for child in links.map(|link| link.key.path().split_at(2)).filter(|link| link.1 == parent) {
            if let Some(constraint) = constraint(child.0).filter(|_| tables.insert(child.0)) {
                heirs.push(constraint.key.clone());
                next.push(child.0);
            }
        }
    }
    let has_other_parent = |heir: &Key| {
        let keys = table(&heir.path()[..2]);
        let mut links = keys.iter().flat_map(|key| schema.parts(key, Kind::Inheritance));
        links.any(|link| {
            let parent = &link.key.path()[2..];
            !tables.contains(parent) && constraint(parent).is_some()
        })
    };
    (!heirs.iter().any(has_other_parent)).then_some(heirs)
}
