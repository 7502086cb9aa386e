//! Which table, column or sequence of one schema is which of another.

use std::collections::BTreeSet;

use crate::kind::Kind;
use crate::rename::Rename;
use crate::schema::Schema;

/// A path after all renames, whether they speak of it or of what it is in.
pub(super) fn renamed(path: &[String], renames: &[Rename]) -> Vec<String> {
    let mut path = path.to_vec();
    for rename in renames {
        let (from, to) = (rename.from().path(), rename.to().path());
        let is_named = match rename.from().kind() {
            Kind::Table => path.starts_with(from),
            Kind::Column | Kind::Sequence => path == from,
            _ => false,
        };
        if is_named {
            path.splice(..from.len(), to.iter().cloned());
        }
    }
    path
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
