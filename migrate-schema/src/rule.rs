//! What is to be known of one kind of thing: how it is read, created, altered and dropped.

use std::collections::BTreeSet;

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::recursion::Reach;
use crate::kinds::table::is_replaced;
use crate::schema::Schema;
use crate::statement::Statement;

/// What is to be known of one kind of thing.
pub(crate) trait Rule: Sync {
    /// The query that reads all of them. Its columns are `kind`, `class`, `id`, `sub` (the address as `pg_depend` has it),
    /// `path` (an array in JSON), `part_of` and `needs` (addresses, where `pg_depend` does not have them); all others
    /// are attributes. Empty: another kind's query reads them too.
    fn query(&self) -> &'static str;

    /// Makes one. `within` are the parts of it that are made in the same statement.
    fn create(&self, fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement>;

    /// Drops one.
    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement>;

    /// Makes the one out of the other, or says that this cannot be done.
    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change;

    /// The thing that takes this one along when it is dropped, where `pg_depend` does not say so of a fact's own address.
    fn dropped_with(&self, _fact: &Fact, _world: World<'_>) -> Option<Key> {
        None
    }

    /// The thing in whose statement this one may be made.
    fn made_within<'f>(&self, _fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        None
    }
}

/// The two schemas between which a plan goes.
#[derive(Clone, Copy)]
pub(crate) struct World<'s> {
    pub(crate) old: &'s Schema,
    pub(crate) new: &'s Schema,
    /// Without locks that a database in use would feel, where PostgreSQL has a way.
    pub(crate) online: bool,
    /// Where the whole way begins and ends that this plan is a part of: what both have, others rely on.
    pub(crate) ends: (&'s Schema, &'s Schema),
    /// What is dropped and made anew, once that is decided.
    pub(crate) remade: Option<&'s BTreeSet<Key>>,
    /// How far changes of columns go between these two, as far as it was asked for.
    pub(crate) reach: &'s Reach,
}

impl<'s> World<'s> {
    /// The whole way from one schema to another, in one transaction.
    pub(crate) fn whole(old: &'s Schema, new: &'s Schema, reach: &'s Reach) -> Self {
        Self { old, new, online: false, remade: None, ends: (old, new), reach }
    }

    /// Whether it is decided that a thing is dropped and made anew.
    pub(crate) fn is_remade(&self, key: &Key) -> bool {
        self.remade.is_some_and(|remade| remade.contains(key))
    }

    /// Whether somebody may be using the table by now: it is there already.
    pub(crate) fn is_in_use(&self, table: &Key) -> bool {
        let is_replaced = |old: &Fact| self.new.get(table).is_some_and(|new| is_replaced(old, new));
        self.online && self.old.get(table).is_some_and(|old| !is_replaced(old))
    }

    /// Whether a thing that is dropped and made anew has to be there whenever a transaction ends.
    pub(crate) fn is_relied_on(&self, key: &Key) -> bool {
        let (first, last) = self.ends;
        [self.old, self.new, first, last].iter().all(|schema| schema.get(key).is_some())
    }
}

/// How one thing becomes another.
#[derive(Debug)]
pub(crate) enum Change {
    /// By these statements.
    Alter {
        statements: Vec<Statement>,
        /// Things of these kinds that depend on it are dropped before and created after.
        rebuild: &'static [Kind],
    },
    /// It is dropped and created.
    Replace,
    /// It is a type or a collation: it is made anew, and the columns that are of it are converted.
    Convert,
}

impl Change {
    pub(crate) fn by(statements: Vec<Statement>) -> Self {
        Self::Alter { statements, rebuild: &[] }
    }

    pub(crate) fn rebuilding(statements: Vec<Statement>, rebuild: &'static [Kind]) -> Self {
        Self::Alter { statements, rebuild }
    }
}
