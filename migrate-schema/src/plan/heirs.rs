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
            if act.key.kind() == Kind::Inheritance {
                self.around_parent(at, act, add);
            }
            let [schema, table, leaf] = act.key.path() else { continue };
            if !matches!(act.key.kind(), Kind::Column | Kind::Default | Kind::Constraint) {
                continue;
            }
            let Some(table) = self.world.new.find(Kind::Table, &[schema.clone(), table.clone()]) else {
                continue;
            };
            for parent in inheritance::kept(&table.key, self.world) {
                let mut path = parent.key.path()[2..].to_vec();
                path.push(leaf.clone());
                let key = Key::new(act.key.kind(), path);
                if act.doing == Doing::Create && self.makes_room(act) {
                    add(Some(at), self.numbers.get(&(Doing::Create, &key)).copied());
                    continue;
                }
                let is_of_parent =
                    act.key.kind() == Kind::Constraint && act.doing == Doing::Drop && !self.has_own(act);
                for doing in DOINGS.into_iter().filter(|doing| *doing <= act.doing && !is_of_parent) {
                    add(self.numbers.get(&(doing, &key)).copied(), Some(at));
                }
            }
        }
    }

    /// Whether what a table has by itself is there before that of its parent, which PostgreSQL then finds.
    fn makes_room(&self, act: &Act<'s>) -> bool {
        self.world.new.get(act.key).is_some_and(|fact| match fact.key.kind() {
            Kind::Constraint => fact.has("_local"),
            Kind::Column => {
                fact.has("_inherited") && !fact.has("inherited_only") && !fact.has("_of_partition")
            }
            _ => false,
        })
    }

    /// Whether a check stays when that of a parent goes.
    fn has_own(&self, act: &Act<'s>) -> bool {
        self.world.old.get(act.key).is_some_and(|fact| fact.has("_local"))
    }

    /// What a parent changes in those that inherit from it reaches those that do so throughout: others are no longer, or not
    /// yet, among them.
    fn around_parent(&self, at: usize, act: &Act<'s>, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let Some(parent) = self.world.new.find(Kind::Table, &act.key.path()[2..]) else { return };
        let columns = self.world.new.parts(&parent.key, Kind::Column);
        for key in
            columns.flat_map(|column| [Kind::Column, Kind::Default].map(|kind| column.key.of_kind(kind)))
        {
            for doing in [Doing::Drop, Doing::Alter, Doing::Create] {
                let other = self.numbers.get(&(doing, &key)).copied();
                match act.doing {
                    Doing::Drop => add(Some(at), other),
                    Doing::Create if self.world.old.get(&parent.key).is_some() => add(other, Some(at)),
                    _ => {}
                }
            }
        }
    }

    /// Of equal indexes, PostgreSQL takes the one that was made first for the parent's that was made first.
    pub(super) fn twins_in_order(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        for (at, act) in self.acts.iter().enumerate() {
            let fact = self.world.new.get(act.key).filter(|_| act.doing == Doing::Create);
            for twin in fact.into_iter().flat_map(|fact| index::older_twins(fact, self.world)) {
                add(self.number(Doing::Create, &twin.key), Some(at));
            }
        }
    }

    /// An index of a partitioned table that is made alone has none of the partitions' by itself: all of these are there before.
    pub(super) fn alone_after_partitions(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let is_made = |act: &&Act<'s>| act.doing == Doing::Create;
        let partitions = self.acts.iter().enumerate().filter(|(_, act)| is_made(act));
        let partitions: Vec<(usize, &[String])> = partitions
            .filter(|(_, act)| act.key.kind() == Kind::Inheritance)
            .map(|(at, act)| (at, &act.key.path()[2..]))
            .collect();
        if partitions.is_empty() {
            return;
        }
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| is_made(act)) {
            let fact = self.world.new.get(act.key).filter(|fact| index::is_made_alone(fact, self.world));
            let Some(table) = fact.and_then(crate::kinds::table::table_of) else { continue };
            for (partition, _) in partitions.iter().filter(|(_, parent)| *parent == table.path()) {
                add(Some(*partition), Some(at));
            }
        }
    }

    /// A foreign key to a partitioned table needs a valid index, which has those of all partitions.
    pub(super) fn parts_first(
        &self,
        at: usize,
        foreign_key: &'s Fact,
        add: &mut impl FnMut(Option<usize>, Option<usize>),
    ) {
        let mut wholes: Vec<&Key> = foreign_key.needs.keys().collect();
        while let Some(key) = wholes.pop() {
            // Others have theirs from the first.
            let whole = self.world.new.get(key).filter(|whole| index::is_completed(whole, self.world));
            let parts = whole.into_iter().flat_map(|whole| index::parts(whole, self.world));
            for part in parts {
                add(self.number(Doing::Create, &part.key), Some(at));
                add(self.number(Doing::Alter, &part.key), Some(at));
                wholes.push(&part.key);
            }
        }
    }

    fn is_attached(&self, act: &Act<'_>) -> bool {
        let is_adopted = |fact: &Fact| act.doing == Doing::Create && index::is_adopted(fact, self.world);
        let is_part = |fact: &Fact| fact.has("part_of_index") || fact.has("part_of_key");
        let is_attached = |fact: &Fact| is_part(fact) && !is_adopted(fact);
        act.doing != Doing::Drop && self.world.new.get(act.key).is_some_and(is_attached)
    }
}
