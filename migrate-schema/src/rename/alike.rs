//! What differs in nothing but its name gets the other name, and is not built again: the names that PostgreSQL gives to the
//! constraints, indexes and sequences of a table do not follow when the table or a column is renamed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{in_memory, statement, twins};
use crate::fact::Fact;
use crate::key::{Key, qualified};
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
pub(super) const KINDS: [Kind; 8] = [
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
    renamed.all(twins::pairs(old, new));
    // The index of a partition is like the new one only once that of its parent has its new name.
    loop {
        let before = renamed.statements.len();
        renamed.all(pairs(&renamed.schema, new));
        if renamed.statements.len() == before {
            renamed.make_way(new);
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
            // A sequence that is dropped is there until another one continues it.
            let can_move = |key: &Key| match key.kind() {
                Kind::Column => true,
                Kind::Sequence => pairs.iter().any(|pair| pair.0 == *key),
                _ => self.schema.get(key).is_some_and(|fact| is_renamed_alone(fact, &self.schema)),
            };
            if !occupants.iter().all(can_move) {
                pairs.remove(0);
                continue;
            }
            for occupant in occupants {
                let Some(aside) = self.set_aside(&occupant) else {
                    pairs.clear();
                    break;
                };
                for pair in pairs.iter_mut().filter(|pair| pair.0 == occupant) {
                    pair.0 = aside.clone();
                }
            }
        }
    }

    /// Gives something another name for a while, if that is free. A column stands for the sequence of its identity.
    fn set_aside(&mut self, occupant: &Key) -> Option<Key> {
        if occupant.kind() == Kind::Column {
            self.set_part_aside(occupant, Part::Sequence)?;
            return Some(occupant.clone());
        }
        let aside = occupant.with_name(&beside(occupant.name(), "old"));
        self.occupants(occupant, &aside).is_empty().then(|| self.rename(occupant, &aside))?;
        Some(aside)
    }

    /// The sequences of identities and the NOT NULLs of columns get their names when their columns are altered: what has one of
    /// these names gets out of the way.
    fn make_way(&mut self, new: &Schema) {
        let columns: Vec<Key> = self.schema.facts().map(|fact| fact.key.clone()).collect();
        for key in columns.iter().filter(|key| key.kind() == Kind::Column) {
            for part in [Part::Sequence, Part::NotNull] {
                let names = || {
                    let (old, new) = (self.schema.get(key)?, new.get(key)?);
                    let (from, to) = (old.get(part.attribute())?, new.get(part.attribute())?);
                    let is_given = old.differs_in(part.difference(), new) && from != to;
                    is_given.then(|| to.to_owned())
                };
                let Some(to) = names() else { continue };
                if let Some(other) = self.with_part(key, part, &to) {
                    self.set_part_aside(&other, part);
                    continue;
                }
                let occupant = match part {
                    Part::Sequence => Key::new(Kind::Sequence, vec![key.path()[0].clone(), to]),
                    Part::NotNull => key.of_kind(Kind::Constraint).with_name(&to),
                };
                let others = self.occupants(key, &occupant);
                let can_move = |key: &Key| {
                    let fact = self.schema.get(key).filter(|fact| is_renamed_alone(fact, &self.schema));
                    fact.is_some_and(|fact| fact.key.kind() != Kind::Sequence)
                };
                for other in others.iter().filter(|other| can_move(other)).cloned().collect::<Vec<_>>() {
                    self.set_aside(&other);
                }
            }
        }
    }

    /// The column whose part has a name where that of this one is to have it.
    fn with_part(&self, key: &Key, part: Part, name: &str) -> Option<Key> {
        let place = match part {
            Part::Sequence => &key.path()[..1],
            Part::NotNull => &key.path()[..2],
        };
        let has_it = |other: &&Fact| {
            other.key.kind() == Kind::Column
                && other.key != *key
                && other.key.path().starts_with(place)
                && other.get(part.attribute()) == Some(name)
                && !(part == Part::NotNull && other.has("_not_null_inherited"))
        };
        self.schema.facts().find(has_it).map(|fact| fact.key.clone())
    }

    fn set_part_aside(&mut self, column: &Key, part: Part) -> Option<()> {
        let fact = self.schema.get(column)?;
        let from = fact.get(part.attribute())?.to_owned();
        let aside = beside(&from, "old");
        let (sql, sequence) = match part {
            Part::Sequence => {
                let path = [column.path()[0].clone(), aside.clone()];
                (
                    format!("ALTER SEQUENCE {} RENAME TO {aside}", fact.text("_sequence")),
                    Some(qualified(&path)),
                )
            }
            Part::NotNull => {
                (format!("ALTER TABLE {} RENAME CONSTRAINT {from} TO {aside}", column.owner()), None)
            }
        };
        if self.with_part(column, part, &aside).is_some() {
            return None;
        }
        self.statements.push(Statement::new(sql));
        self.schema.to_mut().change(&BTreeSet::from([column.clone()]), |fact| {
            let mut fact = fact.clone();
            for attribute in [part.attribute(), part.difference()] {
                fact.attributes.insert(attribute.to_owned(), aside.clone());
            }
            fact.attributes.extend(sequence.clone().map(|name| ("_sequence".to_owned(), name)));
            fact
        });
        Some(())
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
        let has_index = to.kind() == Kind::Sequence || self.schema.get(from).is_some_and(has_relation);
        let is_in_the_way = |other: &Fact| {
            targets.contains(&other.key)
                || has_index && has_relation(other) && relation(&other.key) == relation(to)
        };
        let is_sequence_in_the_way = |other: &Fact| {
            let name = other.get("_sequence_name").filter(|_| other.key.kind() == Kind::Column);
            has_index && name.is_some_and(|name| (other.key.path()[0].as_str(), name) == relation(to))
        };
        let others = self
            .schema
            .facts()
            .filter(|fact| fact.key != *from && (is_in_the_way(fact) || is_sequence_in_the_way(fact)));
        others.map(|fact| fact.key.clone()).collect()
    }
}

/// A part of a column that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The sequence of an identity.
    Sequence,
    /// From PostgreSQL 18 on.
    NotNull,
}

impl Part {
    /// Its name.
    fn attribute(self) -> &'static str {
        match self {
            Self::Sequence => "_sequence_name",
            Self::NotNull => "_not_null_name",
        }
    }

    /// Its name where that is not the usual one.
    fn difference(self) -> &'static str {
        match self {
            Self::Sequence => "sequence_name",
            Self::NotNull => "not_null_name",
        }
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
        let is_same = |fact: &Fact| {
            let is_owned_alike =
                || fact.key.kind() != Kind::Sequence || owner(fact, schema) == owner(fact, other);
            other.get(&fact.key).is_some_and(|other| fact.changes(other).is_empty()) && is_owned_alike()
        };
        let stays = |fact: &Fact| is_same(fact) || twins::stays(fact, schema, other);
        let facts = schema.facts().filter(|fact| KINDS.contains(&fact.key.kind()) && !stays(fact));
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
        // What has its name, before or after, counts for another column.
        let counts_for_another = |key: &Key, schema: &Schema| {
            let namesake = schema.get(key);
            namesake.is_none_or(|fact| self::owner(fact, schema).is_some_and(|column| Some(column) != owner))
        };
        if is_owned && counts_for_another(&other.key, old) && counts_for_another(&one.key, new) {
            return true;
        }
        let users = |fact: &Fact, schema: &Schema| -> Vec<Key> {
            let defaults = schema.dependents(&fact.key).filter(|fact| fact.key.kind() == Kind::Default);
            defaults.map(|fact| fact.key.clone()).collect()
        };
        let is_used_alike = || {
            let users = (users(one, old), users(other, new));
            !users.0.is_empty() && users.0 == users.1 && owner == other_owner && one.changes(other).is_empty()
        };
        return is_same_count && is_used_alike();
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
