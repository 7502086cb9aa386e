//! Equal indexes of a table that becomes a partition: PostgreSQL takes the oldest one for the parent's index. Where another one is
//! to be a part of that, the two exchange their names.

use std::collections::BTreeMap;

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::index;
use crate::kinds::table::table_of;
use crate::schema::Schema;

/// The indexes that are to have the names of others.
pub(super) fn pairs(old: &Schema, new: &Schema) -> Vec<(Key, Key)> {
    let mut wanted: BTreeMap<(&Key, (bool, &str)), Vec<&Fact>> = BTreeMap::new();
    for fact in new.facts().filter(|fact| fact.key.kind() == Kind::Index) {
        let place = table_of(fact).filter(|table| is_attached(table, old, new)).zip(index::shape(fact));
        if let Some(place) = place {
            wanted.entry(place).or_default().push(fact);
        }
    }
    let mut pairs = Vec::new();
    for ((table, shape), mut twins) in wanted.into_iter().filter(|(_, twins)| twins.len() > 1) {
        let there = old.parts(table, Kind::Index).filter(|fact| index::shape(fact) == Some(shape));
        let mut there: Vec<&Fact> = there.filter(|fact| new.get(&fact.key).is_some()).collect();
        there.sort_by_key(|fact| fact.text("_age"));
        // What is a part of none comes last.
        let age = |fact: &Fact| {
            let parent = old.find(Kind::Index, &fact.list("part_of_index"));
            (parent.is_none(), parent.map(|parent| parent.text("_age")))
        };
        twins.sort_by_key(|fact| (age(fact), &fact.key));
        let is_taken = |(one, twin): (&&Fact, &&Fact)| one.key == twin.key || age(twin).0;
        if !there.iter().zip(&twins).all(is_taken) {
            let both = there.iter().zip(&twins).filter(|(one, twin)| one.key != twin.key);
            pairs.extend(both.map(|(one, twin)| (one.key.clone(), twin.key.clone())));
        }
    }
    pairs
}

/// Whether an index stays what it is when its table becomes a partition, or is one no longer.
pub(super) fn stays(fact: &Fact, schema: &Schema, other: &Schema) -> bool {
    let moves = |table: &Key| is_attached(table, schema, other) || is_attached(table, other, schema);
    let same =
        other.get(&fact.key).is_some_and(|other| fact.changes(other).into_iter().eq(["part_of_index"]));
    same && table_of(fact).is_some_and(moves)
}

fn is_attached(table: &Key, old: &Schema, new: &Schema) -> bool {
    let mut parents = new.parts(table, Kind::Inheritance).filter(|fact| fact.has("bound"));
    old.get(table).is_some() && parents.any(|fact| old.get(&fact.key).is_none())
}
