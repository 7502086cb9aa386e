//! What looks as if it had got another name.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Names;
use super::{Rename, is_beside};
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
        let name = if is_beside(&self.from, to) { to.name().to_owned() } else { qualified(to.path()) };
        format!("{}={name}", qualified(self.from.path()))
    }
}

/// What looks as if it had got another name, beside the renames that are known: it is gone, and something of the same kind in
/// the same place is new and made alike. Where a table looks so, its columns follow.
pub fn rename_candidates(old: &Schema, new: &Schema, known: &[Rename]) -> Vec<Candidate> {
    let names = Names::after(old, new, known);
    let taken: BTreeSet<Key> = old.facts().map(|fact| names.image(&fact.key)).collect();
    let added: Vec<&Fact> = new.facts().filter(|fact| !taken.contains(&fact.key)).collect();
    let gone: Vec<(&Fact, Key)> = names
        .gone()
        .filter_map(|(key, image)| Some((old.get(key).filter(|fact| fact.key == *key)?, image)))
        .collect();
    let mut candidates = Vec::new();
    for (fact, image) in &gone {
        let beside = added.iter().copied().filter(|other| is_beside(image, &other.key));
        let to: Vec<Key> = match fact.key.kind() {
            // With its default and what else there is to a column.
            Kind::Column => {
                beside.filter(|other| fact.changes(other).is_empty()).map(|fact| fact.key.clone()).collect()
            }
            Kind::Table | Kind::ForeignTable => {
                beside.filter(|other| are_alike(fact, old, other, new)).map(|fact| fact.key.clone()).collect()
            }
            Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::Sequence => {
                beside.filter(|other| is_same(fact, old, other, new)).map(|fact| fact.key.clone()).collect()
            }
            _ => Vec::new(),
        };
        if !to.is_empty() {
            candidates.push(Candidate { from: fact.key.clone(), to });
        }
    }
    let tables: Vec<Candidate> =
        candidates.iter().filter(|candidate| is_table(&candidate.from)).cloned().collect();
    candidates.extend(tables.iter().flat_map(|table| columns(table, old, new)));
    candidates
}

/// The columns of a table that looks as if it had got another name, which have other names too.
fn columns(table: &Candidate, old: &Schema, new: &Schema) -> Vec<Candidate> {
    let mut columns: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for to in &table.to {
        let there: Vec<&Fact> = new.parts(to, Kind::Column).collect();
        let here: Vec<&Fact> = old.parts(&table.from, Kind::Column).collect();
        let has = |list: &[&Fact], one: &Fact| list.iter().any(|fact| fact.key.leaf() == one.key.leaf());
        for one in here.iter().filter(|one| !has(&there, one)) {
            let alike = there.iter().filter(|other| !has(&here, other) && one.changes(other).is_empty());
            columns.entry(one.key.clone()).or_default().extend(alike.map(|fact| fact.key.clone()));
        }
    }
    let found = columns.into_iter().filter(|(_, to)| !to.is_empty());
    found.map(|(from, to)| Candidate { from, to }).collect()
}

fn is_table(key: &Key) -> bool {
    matches!(key.kind(), Kind::Table | Kind::ForeignTable)
}

/// A table may have got a column more or less as well, and another name for one: most of them have to be there.
fn are_alike(one: &Fact, old: &Schema, other: &Fact, new: &Schema) -> bool {
    let columns = |fact: &Fact, schema: &Schema| -> Vec<(String, String)> {
        let columns = schema.parts(&fact.key, Kind::Column);
        columns.map(|column| (column.key.leaf().to_owned(), column.text("type").to_owned())).collect()
    };
    let (mut before, mut after) = (columns(one, old), columns(other, new));
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

/// A type with the same values, or a sequence that no column counts by: one of a column's is renamed by itself.
fn is_same(one: &Fact, old: &Schema, other: &Fact, new: &Schema) -> bool {
    let has_column = |fact: &Fact, schema: &Schema| {
        let is_default = schema.dependents(&fact.key).any(|fact| fact.key.kind() == Kind::Default);
        is_default || schema.find(Kind::SequenceOwner, fact.key.path()).is_some()
    };
    let is_sequence = one.key.kind() == Kind::Sequence;
    one.changes(other).is_empty() && !(is_sequence && (has_column(one, old) || has_column(other, new)))
}
