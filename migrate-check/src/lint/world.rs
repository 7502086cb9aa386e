//! What is known of the database behind a script: which relations nobody uses yet, and what has been proven of columns.

use std::collections::{BTreeMap, BTreeSet};

use super::name::Name;

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
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    new: BTreeSet<Name>,
    gone: BTreeSet<Name>,
    /// By constraint, the column that it keeps from being null.
    claims: BTreeMap<Name, Name>,
    proven: BTreeSet<Name>,
    /// By column, its type.
    types: BTreeMap<Name, String>,
    foreign: BTreeSet<Name>,
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
            }
            Change::Dropped(name) => {
                self.new.remove(name);
                self.gone.insert(name.clone());
                self.foreign.remove(name);
                self.types.retain(|column, _| column != name && column.owner().as_ref() != Some(name));
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
                self.proven.extend(self.claims.get(constraint).cloned());
            }
        }
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
        self.proven.contains(column)
    }

    /// The type of a column, if a statement has said it.
    pub(super) fn type_of(&self, column: &Name) -> Option<&str> {
        self.types.get(column).map(String::as_str)
    }

    /// Whether the rows of a table are elsewhere.
    pub(super) fn is_foreign(&self, table: &Name) -> bool {
        self.foreign.contains(table)
    }
}
