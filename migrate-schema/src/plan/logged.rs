//! Tables that are logged, or no longer: no foreign key goes from one that is to one that is not.

use std::collections::BTreeSet;

use super::{Doing, Works};
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::table::table_of;

impl<'s> Works<'s> {
    /// A table becomes unlogged after those that refer to it, and logged before them. A foreign key that goes, or comes, is not
    /// there meanwhile.
    pub(super) fn logged_alike(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        if !self.acts.iter().any(|act| self.becomes(act.key).is_some()) {
            return;
        }
        for (schema, doing) in [(self.world.old, Doing::Drop), (self.world.new, Doing::Create)] {
            for fact in schema.facts() {
                let Some([from, to]) = self.tables(fact) else { continue };
                let [from_at, to_at] = [from, to].map(|table| self.number(Doing::Alter, table));
                match (self.number(doing, &fact.key), doing) {
                    (Some(at), Doing::Drop) => [from_at, to_at].map(|table| add(Some(at), table)),
                    (Some(at), _) => [from_at, to_at].map(|table| add(table, Some(at))),
                    (None, _) if self.becomes(to) == Some(true) => [add(from_at, to_at), ()],
                    (None, _) => [add(to_at, from_at), ()],
                };
            }
        }
    }

    /// The foreign keys between tables that wait for each other: without them, they do not.
    pub(super) fn between(&self, tables: &BTreeSet<&Key>) -> impl Iterator<Item = Key> {
        let is_between = |fact: &&Fact| {
            self.tables(fact).is_some_and(|both| both.iter().all(|table| tables.contains(table)))
        };
        self.world.old.facts().filter(is_between).map(|fact| fact.key.clone())
    }

    /// The tables that a foreign key is on and refers to, where both change.
    fn tables(&self, fact: &'s Fact) -> Option<[&'s Key; 2]> {
        let path = fact.get("_references").filter(|_| fact.key.kind() == Kind::Constraint)?;
        let from = table_of(fact).filter(|table| self.becomes(table).is_some())?;
        let is_meant = |key: &Key| key.path().join(".") == path;
        let to =
            self.acts.iter().map(|act| act.key).find(|key| key.kind() == Kind::Table && is_meant(key))?;
        (self.becomes(to).is_some() && to != from).then_some([from, to])
    }

    /// Whether a table that is logged becomes unlogged, or the other way round.
    fn becomes(&self, table: &Key) -> Option<bool> {
        let both = self.world.old.get(table).zip(self.world.new.get(table));
        let (old, new) = both.filter(|_| table.kind() == Kind::Table)?;
        old.differs_in("unlogged", new).then(|| new.has("unlogged"))
    }
}
