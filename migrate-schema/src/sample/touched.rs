//! Which tables get made-up rows: those that a plan touches, and those without whose rows these could have none.

use std::collections::BTreeSet;

use super::Ways;
use crate::generate::UpAndDown;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::table::table_of;
use crate::mention::Words;
use crate::schema::Schema;

/// How many partitions of a table stand for all of them, where a plan speaks of the table alone.
const HEIRS: usize = 16;

/// The tables of the old schema, by schema and name.
pub(super) fn touched(ways: Ways<'_>, migrations: &[UpAndDown]) -> BTreeSet<Vec<String>> {
    let scripts = migrations.iter().flat_map(|migration| [&migration.up, &migration.down]);
    let statements = scripts.flat_map(|script| &script.statements);
    let words = Words::of_texts(statements.map(|statement| &*statement.sql));
    let mut touched = Touched { schema: ways.old, tables: BTreeSet::new() };
    let is_changed = |key: &Key| match (ways.old.get(key), ways.new.get(key)) {
        (Some(old), Some(new)) => !old.changes(new).is_empty(),
        _ => true,
    };
    let is_named = |key: &Key| match key.kind() {
        Kind::Index => words.have(&key.of_kind(Kind::Table)),
        _ => words.have(key),
    };
    let keys = ways.old.facts().map(|fact| &fact.key);
    touched.spread(keys.filter(|key| is_named(key) || is_changed(key)).collect());
    touched.add_needed();
    touched.tables.into_iter().map(|table| table.path().to_vec()).collect()
}

struct Touched<'s> {
    schema: &'s Schema,
    tables: BTreeSet<&'s Key>,
}

impl<'s> Touched<'s> {
    /// Adds the tables on which these things act: a type on those that have a column of it, a function on those whose
    /// constraints call it.
    fn spread(&mut self, mut left: Vec<&'s Key>) {
        let mut seen: BTreeSet<&Key> = left.iter().copied().collect();
        while let Some(key) = left.pop() {
            if is_table(key) {
                self.tables.insert(key);
                left.extend(self.heirs(key).filter(|heir| seen.insert(heir)));
                continue;
            }
            let table = self.schema.get(key).and_then(table_of);
            let dependents = self.schema.dependents(key).map(|fact| &fact.key);
            left.extend(table.into_iter().chain(dependents).filter(|key| seen.insert(key)));
        }
    }

    /// Adds what the rows of these tables refer to, and what the functions read that are called for them.
    fn add_needed(&mut self) {
        let mut left: Vec<&Key> = self.tables.iter().copied().collect();
        while let Some(table) = left.pop() {
            let on_table = self.schema.dependents(table).filter(|fact| table_of(fact) == Some(table));
            let needed: BTreeSet<&Key> = on_table.flat_map(|fact| fact.needs.keys()).collect();
            let mut tables: Vec<&Key> = Vec::new();
            for key in needed {
                let fact = self.schema.get(key);
                tables.extend(fact.filter(|_| is_table(key)).map(|fact| &fact.key));
                tables.extend(fact.and_then(table_of));
                if let Some(words) = fact.and_then(Words::of) {
                    let all = self.schema.facts().map(|fact| &fact.key);
                    tables.extend(all.filter(|key| is_table(key) && words.have(key)));
                }
            }
            let heirs: Vec<&Key> = tables.iter().flat_map(|table| self.heirs(table)).collect();
            left.extend(tables.into_iter().chain(heirs).filter(|table| self.tables.insert(table)));
        }
    }

    /// The tables that inherit from a table, or are its partitions: as many as stand for all of them.
    fn heirs(&self, table: &'s Key) -> impl Iterator<Item = &'s Key> + use<'s> {
        let links = self.schema.dependents_of_kind(table, Kind::Inheritance);
        links.filter(move |link| link.key.path()[2..] == *table.path()).take(HEIRS).filter_map(table_of)
    }
}

fn is_table(key: &Key) -> bool {
    key.kind() == Kind::Table
}
