//! What becomes of each thing between two schemas: a decision for each, and what follows from it for others.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::inheritance::{is_made_own, is_taken_along, kept};
use crate::kinds::table::table_of;
use crate::kinds::{beside, convert, domain, index};
use crate::rule::{Change, World};
use crate::statement::{Role, Statement};

/// What becomes of a thing.
#[derive(Debug)]
pub(crate) enum Fate {
    Create,
    Drop,
    Replace,
    Alter(Vec<Statement>),
    /// It is altered by the statements of another one.
    AlterWith(Key),
}

impl Fate {
    pub(crate) fn is_dropped(&self) -> bool {
        matches!(self, Self::Drop | Self::Replace)
    }

    pub(crate) fn is_created(&self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }

    pub(crate) fn is_altered(&self) -> bool {
        matches!(self, Self::Alter(_) | Self::AlterWith(_))
    }
}

/// Decides for everything that does not stay as it is. What is in `replaced` is not altered.
pub(crate) fn decide(world: World<'_>, replaced: &BTreeSet<Key>) -> BTreeMap<Key, Fate> {
    let keys: BTreeSet<&Key> = world.old.facts.keys().chain(world.new.facts.keys()).collect();
    let mut fates = Fates { world, decided: BTreeMap::new(), rebuilt: BTreeMap::new(), fresh: Vec::new() };
    let mut converted = BTreeSet::new();
    for key in keys {
        match (world.old.get(key), world.new.get(key)) {
            (Some(_), None) => fates.set(key, Fate::Drop),
            (None, Some(_)) => fates.set(key, Fate::Create),
            (Some(_), Some(_)) if replaced.contains(key) => fates.set(key, Fate::Replace),
            (Some(old), Some(_)) if index::is_out_of_turn(old, world) => fates.set(key, Fate::Replace),
            (Some(_), Some(new)) if is_left_and_got(new, world) => fates.set(key, Fate::Replace),
            (Some(old), Some(new)) if !old.changes(new).is_empty() => {
                match key.kind().rule().alter(old, new, world) {
                    Change::Replace => fates.set(key, Fate::Replace),
                    Change::Convert => {
                        converted.insert(key);
                    }
                    Change::Alter { statements, rebuild } => {
                        fates.set(key, Fate::Alter(statements));
                        fates.rebuilt.insert(key.clone(), rebuild);
                    }
                }
            }
            _ => {}
        }
    }
    let constraints = fates.decided.iter().filter(|(key, _)| key.kind() == Kind::DomainConstraint);
    let added =
        constraints.filter(|(_, fate)| !matches!(fate, Fate::Drop)).filter_map(|(key, _)| world.new.get(key));
    converted.extend(added.filter_map(|constraint| domain::refused(constraint, world)));
    let groups = convert::groups(converted, world);
    for key in groups.iter().flatten() {
        fates.convert(key);
    }
    fates.spread();
    for group in groups {
        fates.tell(&group);
    }
    fates.decided
}

/// Whether it is a parent that a table has throughout and that makes what it inherits its own.
fn is_left_and_got(fact: &Fact, world: World<'_>) -> bool {
    let table = table_of(fact).filter(|_| fact.key.kind() == Kind::Inheritance && !fact.has("bound"));
    table.is_some_and(|table| is_made_own(table, world))
}

struct Fates<'s> {
    world: World<'s>,
    decided: BTreeMap<Key, Fate>,
    /// What is altered, and which kinds of things that depend on it are in the way.
    rebuilt: BTreeMap<Key, &'static [Kind]>,
    /// What is dropped, and what that means for others has not been looked at.
    fresh: Vec<Key>,
}

impl Fates<'_> {
    fn set(&mut self, key: &Key, fate: Fate) {
        if fate.is_dropped() {
            self.fresh.push(key.clone());
        }
        self.decided.insert(key.clone(), fate);
    }

    /// What is in the way of a conversion is made anew, and so is what goes with the old one.
    fn convert(&mut self, key: &Key) {
        for other in convert::in_the_way(key, self.world) {
            self.replace(other);
        }
        self.lose(key);
    }

    fn lose(&mut self, key: &Key) {
        for kind in convert::LOST {
            let parts: Vec<Key> = self.world.old.parts(key, *kind).map(|fact| fact.key.clone()).collect();
            for part in parts {
                if self.world.new.get(&part).is_some()
                    && !self.decided.get(&part).is_some_and(Fate::is_dropped)
                {
                    self.set(&part, Fate::Create);
                }
                self.lose(&part);
            }
        }
    }

    /// The statements of a conversion, once it is known what is dropped anyway.
    fn tell(&mut self, group: &[&Key]) {
        let is_dropped = |key: &Key| self.decided.get(key).is_some_and(Fate::is_dropped);
        let stays: Vec<&Key> = group.iter().copied().filter(|key| !is_dropped(key)).collect();
        let Some((&first, rest)) = stays.split_first() else { return };
        let is_made = |key: &Key| self.decided.get(key).is_some_and(Fate::is_created);
        let parts = stays.iter().flat_map(|key| self.world.new.parts(key, Kind::DomainConstraint));
        let within: Vec<&Fact> = parts
            .filter(|part| part.key.kind().rule().made_within(part, self.world).is_some())
            .filter(|part| !part.needs.keys().any(is_made))
            .collect();
        let statements = convert::statements(&stays, &within, self.world, is_dropped);
        for key in rest.iter().copied().chain(within.iter().map(|part| &part.key)) {
            self.decided.insert(key.clone(), Fate::AlterWith(first.clone()));
        }
        self.decided.insert(first.clone(), Fate::Alter(statements));
    }

    /// What depends on something that is dropped is dropped before it; where it stays, it is created again.
    fn spread(&mut self) {
        for (key, kinds) in std::mem::take(&mut self.rebuilt) {
            let in_the_way: Vec<Key> = self
                .world
                .old
                .dependents(&key)
                .filter(|fact| kinds.contains(&fact.key.kind()))
                .map(|fact| fact.key.clone())
                .collect();
            for other in in_the_way {
                self.replace(&other);
            }
        }
        while let Some(key) = self.fresh.pop() {
            for whole in self.index_in_the_way(&key).into_iter().chain(self.checks_in_the_way(&key)) {
                self.replace(&whole);
            }
            if self.world.old.get(&key).is_some_and(|fact| beside::is_put_to_use(fact, self.world)) {
                continue;
            }
            let dependents: Vec<Key> = self.world.old.dependents(&key).map(|fact| fact.key.clone()).collect();
            for other in dependents {
                if !self.lets_go(&other, &key) && !self.comes_apart(&other, &key) {
                    self.replace(&other);
                }
            }
        }
    }

    /// Neither an index nor a key of a partition goes without that of the parent's that it is a part of.
    fn index_in_the_way(&self, key: &Key) -> Option<Key> {
        let fact = self.world.old.get(key)?;
        let is_index = |key: &Key, fact: &Fact| {
            key.kind() == Kind::Index || key.kind() == Kind::Constraint && fact.get("_type") != Some("c")
        };
        let is_whole = |whole: &&Key| {
            fact.is_part_of(whole) && self.world.old.get(whole).is_some_and(|fact| is_index(whole, fact))
        };
        let is_part = is_index(key, fact) && is_taken_along(fact, self.world);
        fact.needs.keys().find(is_whole).filter(|_| is_part).cloned()
    }

    /// A check does not go without that of a parent that it comes from.
    fn checks_in_the_way(&self, key: &Key) -> Vec<Key> {
        let is_inherited = |fact: &&Fact| fact.get("_type") == Some("c") && fact.has("_inherited");
        let table = self.world.old.get(key).filter(is_inherited).and_then(table_of);
        let parents = table.into_iter().flat_map(|table| kept(table, self.world));
        let checks = parents.filter_map(|parent| {
            let path = [&parent.key.path()[2..], &[key.name().to_owned()]].concat();
            self.world.old.find(Kind::Constraint, &path).filter(|fact| fact.get("_type") == Some("c"))
        });
        checks.map(|fact| fact.key.clone()).collect()
    }

    /// Whether what a table has of its parent's is its own by the time the parent's goes.
    fn comes_apart(&self, key: &Key, whole: &Key) -> bool {
        let is_of_parent = |fact: &&Fact| {
            let kinds = [Kind::Index, Kind::Constraint];
            kinds.contains(&key.kind()) && kinds.contains(&whole.kind()) && fact.is_part_of(whole)
        };
        let fact = self.world.old.get(key).filter(is_of_parent);
        let stays = |fact: &Fact| table_of(fact).is_some_and(|table| self.world.new.get(table).is_some());
        fact.is_some_and(|fact| stays(fact) && !is_taken_along(fact, self.world))
    }

    fn replace(&mut self, key: &Key) {
        if !self.decided.get(key).is_some_and(Fate::is_dropped) {
            let fate = if self.world.new.get(key).is_some() { Fate::Replace } else { Fate::Drop };
            self.set(key, fate);
        }
    }

    /// Whether a thing is altered so that it no longer depends on the other one.
    fn lets_go(&self, key: &Key, other: &Key) -> bool {
        let is_part = self.world.old.get(key).is_some_and(|fact| fact.is_part_of(other));
        let needs_it_still = self.world.new.get(key).is_some_and(|fact| fact.needs.contains_key(other));
        let is_prepared = |statement: &Statement| statement.role == Role::Prepares;
        if matches!(self.decided.get(key), Some(Fate::Alter(statements)) if statements.iter().any(is_prepared))
        {
            // Another one takes its place.
            return !needs_it_still;
        }
        // What a constraint says is not altered, only whether and when it is looked at.
        matches!(self.decided.get(key), Some(Fate::Alter(statements)) if !statements.is_empty())
            && key.kind() != Kind::Constraint
            && !needs_it_still
            && !is_part
    }
}
