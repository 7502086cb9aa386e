//! Which table, column or sequence of one schema is which of another.

use std::collections::BTreeSet;

use crate::key::Key;
use crate::kind::Kind;
use crate::rename::Rename;
use crate::schema::Schema;

/// What a thing is called after all renames, whether they speak of it or of what it is in.
pub(super) fn renamed(kind: Kind, path: &[String], renames: &[Rename]) -> Vec<String> {
    let key = Key::new(kind, path.to_vec());
    renames.iter().fold(key, |key, rename| rename.image(&key)).path().to_vec()
}

/// The tables that inherit from a table, or are its partitions; and those of these.
pub(super) fn below(schema: &Schema, table: &[String]) -> BTreeSet<Vec<String>> {
    related(schema, table, |child, parent| (parent, child))
}

/// The tables that it inherits from, or is a partition of; and those of these.
pub(super) fn above(schema: &Schema, table: &[String]) -> BTreeSet<Vec<String>> {
    related(schema, table, |child, parent| (child, parent))
}

fn related(
    schema: &Schema,
    table: &[String],
    way: impl for<'p> Fn(&'p [String], &'p [String]) -> (&'p [String], &'p [String]),
) -> BTreeSet<Vec<String>> {
    let pairs: Vec<&[String]> = schema
        .facts()
        .filter(|fact| fact.key().kind() == Kind::Inheritance)
        .map(|fact| fact.key().path())
        .collect();
    let mut found = BTreeSet::new();
    let mut next = vec![table.to_vec()];
    while let Some(table) = next.pop() {
        for pair in &pairs {
            let (from, to) = way(&pair[..2], &pair[2..]);
            if from == table && found.insert(to.to_vec()) {
                next.push(to.to_vec());
            }
        }
    }
    found
}
