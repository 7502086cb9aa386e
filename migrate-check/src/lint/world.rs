//! What is known of the database behind a script: which relations nobody uses yet, and what has been proven of columns.

use std::collections::{BTreeMap, BTreeSet};

use migrate_source::retype::Rewrite;

use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};
use super::retyped;

/// What a statement changes in what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is new: nobody waits for it, and it is empty or filled by this script.
    Created(Name),
    /// It has another name.
    Renamed(Name, Name),
    /// It is gone.
    Dropped(Name),
    /// A constraint, not valid yet, says that a column is not null.
    Claimed(Name, Name),
    /// A constraint has been validated.
    Validated(Name),
    /// A column has this type from now on.
    Typed(Name, String),
    /// It is a foreign table, whose rows are elsewhere.
    Foreign(Name),
    /// The first thing belongs to the second.
    Linked(Link, Name, Name),
    /// It no longer does.
    Unlinked(Link, Name, Name),
    /// A table gets an index, and each of its partitions one with it.
    Indexed(Name, Name),
    /// A table gets indexes as the second one has them.
    IndexedLike(Name, Name),
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    new: BTreeSet<Name>,
    gone: BTreeSet<Name>,
    /// By constraint, the column that it keeps from being null.
    claims: BTreeMap<Name, Name>,
    /// By column, the valid constraints that keep it from being null.
    proven: BTreeMap<Name, BTreeSet<Name>>,
    /// By column, its type.
    types: BTreeMap<Name, String>,
    foreign: BTreeSet<Name>,
    /// By what it is and the second of two things, the first.
    links: BTreeSet<(Link, Name, Name)>,
}

impl World {
    /// `stays_new`: what the change creates is not used by anybody before what follows.
    pub(super) fn apply(&mut self, change: &Change, stays_new: bool) {
        match change {
            Change::Created(name) => {
                self.gone.remove(name);
                if stays_new {
                    self.new.insert(name.clone());
                }
            }
            Change::Renamed(from, to) => {
                if self.new.remove(from) {
                    self.new.insert(to.clone());
                }
                self.gone.remove(to);
                self.gone.insert(from.clone());
                if self.foreign.remove(from) {
                    self.foreign.insert(to.clone());
                }
                let types = std::mem::take(&mut self.types);
                self.types = types.into_iter().map(|(column, ty)| (column.within(from, to), ty)).collect();
                let within = |name: Name| name.within(from, to);
                let claims = std::mem::take(&mut self.claims);
                self.claims = claims.into_iter().map(|(one, other)| (within(one), within(other))).collect();
                let proven = std::mem::take(&mut self.proven);
                let renamed = |names: BTreeSet<Name>| names.into_iter().map(within).collect();
                self.proven =
                    proven.into_iter().map(|(column, names)| (within(column), renamed(names))).collect();
                let links = std::mem::take(&mut self.links);
                self.links =
                    links.into_iter().map(|(link, to, from)| (link, within(to), within(from))).collect();
            }
            Change::Dropped(name) => {
                self.new.remove(name);
                self.gone.insert(name.clone());
                self.foreign.remove(name);
                // An index goes with each column that it is over.
                for index in self.linked(Link::Indexed, name).cloned().collect::<Vec<_>>() {
                    self.apply(&Change::Dropped(index), stays_new);
                }
                let is_gone = |other: &Name| other == name || other.owner().as_ref() == Some(name);
                self.types.retain(|column, _| !is_gone(column));
                self.claims.retain(|constraint, column| !is_gone(constraint) && !is_gone(column));
                self.proven.retain(|column, _| !is_gone(column));
                self.proven.values_mut().for_each(|by| by.retain(|constraint| !is_gone(constraint)));
                self.links.retain(|(_, to, from)| !is_gone(to) && !is_gone(from));
            }
            Change::Typed(column, ty) => {
                self.types.insert(column.clone(), ty.clone());
            }
            Change::Foreign(table) => {
                self.foreign.insert(table.clone());
            }
            Change::Claimed(constraint, column) => {
                self.claims.insert(constraint.clone(), column.clone());
            }
            Change::Validated(constraint) => {
                if let Some(column) = self.claims.get(constraint) {
                    self.proven.entry(column.clone()).or_default().insert(constraint.clone());
                }
            }
            Change::Linked(link, from, to) => {
                self.link(*link, from.clone(), to.clone());
                if *link == Link::Partition {
                    self.complete_indexes(from, to);
                }
            }
            Change::Unlinked(link, from, to) => {
                self.links.remove(&(*link, to.clone(), from.clone()));
            }
            Change::Indexed(index, table) => {
                self.link(Link::Index, index.clone(), table.clone());
                for part in self.with_parts(table, &[Link::Partition]).into_iter().skip(1) {
                    self.link(Link::Index, index.part("index", part.as_str()), part);
                }
            }
            Change::IndexedLike(table, other) => {
                for index in self.linked(Link::Index, other).cloned().collect::<Vec<_>>() {
                    self.link(Link::Index, table.part("index", index.as_str()), table.clone());
                }
            }
        }
    }

    fn link(&mut self, link: Link, from: Name, to: Name) {
        self.links.insert((link, to, from));
    }

    /// A partition gets those indexes that it lacks.
    fn complete_indexes(&mut self, partition: &Name, parent: &Name) {
        let indexes: Vec<Name> = self.linked(Link::Index, parent).cloned().collect();
        let lacks = indexes.len().saturating_sub(self.linked(Link::Index, partition).count());
        for index in &indexes[..lacks] {
            self.link(Link::Index, index.part("index", partition.as_str()), partition.clone());
        }
    }

    /// A relation, what is linked to it in one of these ways, what is linked to that, and so on.
    pub(super) fn with_parts(&self, name: &Name, links: &[Link]) -> Vec<Name> {
        let mut found = vec![name.clone()];
        let mut at = 0;
        while let Some(next) = found.get(at).cloned() {
            for part in links.iter().flat_map(|link| self.linked(*link, &next)) {
                if !found.contains(part) {
                    found.push(part.clone());
                }
            }
            at += 1;
        }
        found
    }

    /// Also a part of what is new is new.
    pub(super) fn is_new(&self, name: &Name) -> bool {
        self.new.contains(name) || name.owner().is_some_and(|owner| self.new.contains(&owner))
    }

    /// Whether nothing of this name can have been there: it has been dropped or renamed, or its schema is new.
    pub(super) fn is_gone(&self, name: &Name) -> bool {
        self.gone.contains(name) || self.new.contains(&name.schema())
    }

    /// Whether a valid constraint keeps a column from being null.
    pub(super) fn is_proven(&self, column: &Name) -> bool {
        self.proven.get(column).is_some_and(|by| !by.is_empty())
    }

    /// What is linked to a thing.
    pub(super) fn linked(&self, link: Link, to: &Name) -> impl Iterator<Item = &Name> {
        let first = (link, to.clone(), Name::from_text(""));
        let of_it =
            self.links.range(first..).take_while(move |(other, name, _)| *other == link && name == to);
        of_it.map(|(.., from)| from)
    }

    /// What has a link of this sort.
    fn all(&self, link: Link) -> impl Iterator<Item = &Name> {
        self.links.iter().filter(move |(other, ..)| *other == link).map(|(.., from)| from)
    }

    /// What a thing is linked to.
    pub(super) fn links_of(&self, link: Link, from: &Name) -> impl Iterator<Item = &Name> {
        self.links.iter().filter(move |(other, _, name)| *other == link && name == from).map(|(_, to, _)| to)
    }

    /// Whether something is known to be true of a thing.
    pub(super) fn is(&self, link: Link, name: &Name) -> bool {
        self.linked(link, name).next().is_some()
    }

    /// The tables that a foreign key, or those of a table or a column, refer to.
    pub(super) fn references(&self, from: &Name) -> Vec<Name> {
        let keys: Vec<&Name> = self.links_of(Link::Foreign, from).collect();
        let is_of = |constraint: &Name| {
            constraint == from || constraint.owner().as_ref() == Some(from) || keys.contains(&constraint)
        };
        let of_it = self.links.iter().filter(|(link, _, name)| *link == Link::Reference && is_of(name));
        of_it.map(|(_, to, _)| to.clone()).collect()
    }

    /// The tables with foreign keys to a table or a column.
    pub(super) fn referring(&self, to: &Name) -> Vec<Name> {
        let keys = self.linked(Link::Reference, to).chain(self.linked(Link::Referenced, to));
        let tables: BTreeSet<Name> = keys.filter_map(Name::owner).collect();
        tables.into_iter().collect()
    }

    /// The tables that have a column of a domain, or of one that is over it.
    pub(super) fn tables_with(&self, ty: &Name) -> Vec<Name> {
        let schema = ty.schema_text();
        let is_of = |text: &str| self.domains_in(text, &schema).any(|(name, _)| name == *ty);
        let tables: BTreeSet<Name> = self
            .types
            .iter()
            .filter(|(_, text)| is_of(text))
            .filter_map(|(column, _)| column.owner())
            .collect();
        tables.into_iter().collect()
    }

    /// By which access method a table is stored.
    pub(super) fn methods(&self, table: &Name) -> Vec<Name> {
        let of_it = |method: &&Name| method.owner().as_ref() == Some(table);
        self.all(Link::Method).filter(of_it).cloned().collect()
    }

    /// What is known of the labels of an enum, as the rule of values knows a type.
    pub(super) fn labels(&self, ty: &str) -> Option<&str> {
        self.type_of(&labels_of(&Name::relation(&name::split(ty), name::PUBLIC)))
    }

    fn type_named(&self, text: &str, schema: &str) -> Option<(Name, &str)> {
        let name = Name::relation(&name::split(text), schema);
        self.types.get_key_value(&name).map(|(name, base)| (name.clone(), &**base))
    }

    /// The type of a column, if a statement has said it.
    pub(super) fn type_of(&self, column: &Name) -> Option<&str> {
        self.types.get(column).map(String::as_str)
    }

    /// A domain, and the one that it is over, and so on.
    pub(super) fn domains<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Name, &'a str)> {
        self.domains_in(text, name::PUBLIC)
    }

    fn domains_in<'a>(&'a self, text: &'a str, schema: &'a str) -> impl Iterator<Item = (Name, &'a str)> {
        // A domain is over one that was there before it, unless a name is taken again.
        let next = |text: &'a str| self.type_named(text, schema);
        std::iter::successors(next(text), move |(_, base)| next(base)).take(16)
    }

    /// Whether a domain, or one that it is over, refuses some values.
    pub(super) fn is_constrained(&self, domain: &str) -> bool {
        self.domains(domain).any(|(domain, _)| self.is(Link::Constrained, &domain))
    }

    /// Whether the default of a domain, or else of the one that it is over, has a value for each row.
    fn varies(&self, domain: &str) -> bool {
        let routines = |domain: &Name| self.links_of(Link::Default, domain).cloned().collect::<Vec<_>>();
        let own = self.domains(domain).map(|(domain, _)| routines(&domain)).find(|found| !found.is_empty());
        // A function of that name may be there with other arguments.
        let is_steady = |routine: &Name| self.is(Link::Steady, routine) && !self.is(Link::Volatile, routine);
        own.is_some_and(|routines| routines.iter().any(|routine| !is_steady(routine)))
    }

    /// Whether there is a finding, by what is known of what it depends on.
    pub(super) fn bears(&self, premise: &Premise) -> bool {
        let count = |table: &Name| self.linked(Link::Index, table).count();
        match premise {
            Premise::Linked(Link::Constrained, domain) => self.is_constrained(&domain.to_string()),
            Premise::Linked(Link::Default, domain) => self.varies(&domain.to_string()),
            Premise::Linked(link, name) => self.is(*link, name),
            Premise::FewerIndexes(partition, parent) => count(partition) < count(parent),
            Premise::Attribute(attribute, to) => {
                attribute.owner().is_some_and(|ty| self.is(Link::Typed, &ty)) && {
                    let from = self.type_of(attribute);
                    from.is_none_or(|from| retyped::rewrite(from, to, self) != Rewrite::Nothing)
                }
            }
            Premise::Retyped(retyped) => retyped.message(self).is_some(),
            other => !self.denies(other),
        }
    }

    /// Whether what a finding depends on is known to be otherwise.
    pub(super) fn denies(&self, premise: &Premise) -> bool {
        match premise {
            Premise::Nullable(column) => self.is_proven(column),
            Premise::Retyped(_)
            | Premise::Linked(..)
            | Premise::FewerIndexes(..)
            | Premise::Attribute(..) => false,
            // A function of that name may be there with other arguments.
            Premise::Unlinked(Link::Steady, routine) if self.is(Link::Volatile, routine) => false,
            Premise::Unlinked(link, name) => self.is(*link, name),
        }
    }

    /// Whether the rows of a table are elsewhere.
    pub(super) fn is_foreign(&self, table: &Name) -> bool {
        self.foreign.contains(table)
    }
}

/// Where the labels of an enum are kept.
pub(super) fn labels_of(ty: &Name) -> Name {
    ty.part("labels", "")
}
