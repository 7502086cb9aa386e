//! The order among tables and those that inherit from them, or are their partitions.

use std::collections::HashMap;

use super::{Act, Doing, Works, sits_on_table};
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::{index, inheritance};

impl<'s> Works<'s> {
    /// A table changes by itself while it has not got a parent: after it has lost it, and before it gets it.
    pub(super) fn around_changes(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let mut on_table: HashMap<&[String], Vec<usize>> = HashMap::new();
        for (at, act) in self.acts.iter().enumerate() {
            if let Some(table) = self.table_beneath(act) {
                on_table.entry(table).or_default().push(at);
            }
        }
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.key.kind() == Kind::Inheritance) {
            let table = &act.key.path()[..2];
            let stays = [self.world.old, self.world.new]
                .iter()
                .all(|schema| schema.find(Kind::Table, table).is_some());
            for &other in on_table.get(table).into_iter().flatten().filter(|_| stays) {
                match act.doing {
                    Doing::Drop => add(Some(at), Some(other)),
                    // An index is attached to one of the parent's once the parent is one.
                    Doing::Create if self.is_attached(&self.acts[other]) => add(Some(at), Some(other)),
                    Doing::Create => add(Some(other), Some(at)),
                    Doing::Alter => {}
                }
            }
        }
    }

    /// The table that something is on.
    fn table_beneath(&self, act: &Act<'s>) -> Option<&'s [String]> {
        if act.key.kind() != Kind::Index {
            return Some(act.key.path().get(..2)?).filter(|_| sits_on_table(act.key.kind()));
        }
        let schema = if act.doing == Doing::Drop { self.world.old } else { self.world.new };
        schema.get(act.key).and_then(crate::kinds::table::table_of).map(Key::path)
    }

    /// A foreign key to a partitioned table is one to each of its partitions, and is dropped before them; and what the
    /// parent's indexes adopt is there before a table becomes a partition.
    pub(super) fn around_partitions(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let mut dropped: HashMap<&str, Vec<usize>> = HashMap::new();
        // A partition that is detached keeps those of its parent.
        let mut dropped_on: HashMap<&[String], Vec<usize>> = HashMap::new();
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.doing == Doing::Drop) {
            let references = self.world.old.get(act.key).and_then(|fact| fact.get("_references"));
            if let Some(table) = references {
                dropped.entry(table).or_default().push(at);
                dropped_on.entry(&act.key.path()[..2]).or_default().push(at);
            }
        }
        for (at, act) in self.acts.iter().enumerate() {
            match (act.doing, act.key.kind()) {
                (Doing::Drop, Kind::Table) if !dropped.is_empty() => {
                    for table in inheritance::ancestors(act.key, self.world.old) {
                        for key in dropped.get(&*table.path().join(".")).into_iter().flatten() {
                            add(Some(*key), Some(at));
                        }
                    }
                }
                (Doing::Drop, Kind::Inheritance) => {
                    for key in dropped_on.get(&act.key.path()[2..]).into_iter().flatten() {
                        add(Some(*key), Some(at));
                    }
                }
                (Doing::Create, Kind::Inheritance) => {
                    let table = self.world.new.find(Kind::Table, &act.key.path()[..2]);
                    for fact in
                        table.into_iter().flat_map(|table| inheritance::adopted(&table.key, self.world))
                    {
                        add(self.number(Doing::Create, &fact.key), Some(at));
                    }
                }
                _ => {}
            }
        }
    }

    /// What a parent changes it changes in its heirs too, which then go their own ways.
    pub(super) fn parents_first(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        const DOINGS: [Doing; 3] = [Doing::Drop, Doing::Alter, Doing::Create];
        for (at, act) in self.acts.iter().enumerate() {
            let [schema, table, leaf] = act.key.path() else { continue };
            if !matches!(act.key.kind(), Kind::Column | Kind::Default) {
                continue;
            }
            let Some(table) = self.world.new.find(Kind::Table, &[schema.clone(), table.clone()]) else {
                continue;
            };
            for parent in inheritance::kept(&table.key, self.world) {
                let mut path = parent.key.path()[2..].to_vec();
                path.push(leaf.clone());
                let key = Key::new(act.key.kind(), path);
                for doing in DOINGS.into_iter().filter(|doing| *doing <= act.doing) {
                    add(self.numbers.get(&(doing, &key)).copied(), Some(at));
                }
            }
        }
    }

    fn is_attached(&self, act: &Act<'_>) -> bool {
        let is_adopted = |fact: &Fact| act.doing == Doing::Create && index::is_adopted(fact, self.world);
        let is_attached = |fact: &Fact| fact.has("part_of_index") && !is_adopted(fact);
        act.doing != Doing::Drop && self.world.new.get(act.key).is_some_and(is_attached)
    }
}
