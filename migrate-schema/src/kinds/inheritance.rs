//! That a table inherits from another, or is a partition of it.

use std::collections::BTreeSet;

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::index;
use crate::kinds::partition;
use crate::kinds::table::{self, table_of};
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Inheritance;

impl Rule for Inheritance {
    fn query(&self) -> &'static str {
        include_str!("../catalog/inheritance.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        if let Some(statements) = partition::attach(fact, world) {
            return statements;
        }
        let (child, parent) = (fact.key.owner(), qualified(&fact.key.path()[2..]));
        vec![match fact.get("bound") {
            Some(bound) => {
                let attach = Statement::new(format!("ALTER TABLE {parent} ATTACH PARTITION {child} {bound}"));
                let attach = attach.with(Hazard::ScansTable).with(Hazard::MayFailOnRows);
                return partition::created_beside_default(fact, vec![attach], world);
            }
            None => Statement::new(format!("ALTER TABLE {child} INHERIT {parent}")),
        }]
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if let Some(statements) = partition::detach(fact, world) {
            return statements;
        }
        let (child, parent) = (fact.key.owner(), qualified(&fact.key.path()[2..]));
        vec![match fact.get("bound") {
            Some(_) => {
                let detach = Statement::new(format!("ALTER TABLE {parent} DETACH PARTITION {child}"));
                if world.online { detach.with(Hazard::AccessExclusiveLock) } else { detach }
            }
            None => Statement::new(format!("ALTER TABLE {child} NO INHERIT {parent}")),
        }]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }

    fn made_within<'f>(&self, fact: &'f Fact, world: World<'f>) -> Option<&'f Key> {
        // As a partition it would have indexes of the parent's from the first.
        table_of(fact).filter(|table| adopted(table, world).next().is_none())
    }
}

/// What a table has to have before it becomes a partition, so that the parent's indexes find it.
pub(crate) fn adopted<'w>(table: &'w Key, world: World<'w>) -> impl Iterator<Item = &'w Fact> {
    let has_index = |fact: &&Fact| matches!(fact.key.kind(), Kind::Index | Kind::Constraint);
    world.new.dependents(table).filter(has_index).filter(move |fact| index::is_adopted(fact, world))
}

/// The tables that it is a partition of, and that one of, before anything is changed.
pub(crate) fn ancestors<'w>(table: &Key, schema: &'w Schema) -> Vec<&'w Key> {
    let mut found: Vec<&Key> = Vec::new();
    let mut next = Some(table.clone());
    while let Some(table) = next.take() {
        let parent = schema.parts(&table, Kind::Inheritance).find(|fact| fact.has("bound"));
        let parent = parent.and_then(|fact| schema.find(Kind::Table, &fact.key.path()[2..]));
        found.extend(parent.map(|parent| &parent.key));
        next = parent.map(|parent| parent.key.clone());
    }
    found
}

/// The parents that a table has throughout, so that it is taken along when they change.
pub(crate) fn kept<'w>(table: &'w Key, world: World<'w>) -> impl Iterator<Item = &'w Fact> {
    world.new.parts(table, Kind::Inheritance).filter(move |fact| {
        let path = &fact.key.path()[2..];
        let parents = world.old.find(Kind::Table, path).zip(world.new.find(Kind::Table, path));
        let is_there = world.old.get(&fact.key).is_some_and(|before| !before.differs_in("bound", fact));
        is_there && !parents.is_some_and(|(old, new)| table::is_replaced(old, new))
    })
}

/// The tables that inherit from one throughout, or from one of those.
pub(crate) fn heirs<'w>(table: &Key, world: World<'w>) -> Vec<&'w Key> {
    let mut found: BTreeSet<&Key> = BTreeSet::new();
    let mut left = vec![table.path()];
    while let Some(parent) = left.pop() {
        let Some(parent) = world.new.find(Kind::Table, parent) else { continue };
        let below = world.new.dependents(&parent.key).filter(|fact| fact.key.kind() == Kind::Inheritance);
        for heir in below.filter(|fact| fact.key.path()[2..] == *parent.key.path()).filter_map(table_of) {
            let is_kept = kept(heir, world).any(|fact| fact.key.path()[2..] == *parent.key.path());
            if is_kept && found.insert(heir) {
                left.push(heir.path());
            }
        }
    }
    found.into_iter().collect()
}

/// Whether something that a table has from a parent goes without a statement: with the parent's, or with the table.
pub(crate) fn goes_along(fact: &Fact, world: World<'_>) -> bool {
    let stays = table_of(fact).is_some_and(|table| world.new.get(table).is_some());
    !stays || is_taken_along(fact, world)
}

/// Whether something on a table changes when a parent does, since the table has that parent throughout.
pub(crate) fn is_taken_along(fact: &Fact, world: World<'_>) -> bool {
    table_of(fact).is_some_and(|table| kept(table, world).next().is_some())
}
