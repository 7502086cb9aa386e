//! Which migration made each thing, and which one changed it last: told step by step, as a folder is gone through.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Need;
use crate::key::Key;
use crate::kind::Kind;
use crate::schema::{Difference, Schema};

/// A migration as the page shows it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// Version and description: `0001_users`.
    pub stem: String,
    /// The script that applies it, as a file name and its text.
    pub up: Option<(String, String)>,
    /// The script that reverts it.
    pub down: Option<(String, String)>,
    /// Where a database is looked at: how it stands there, in a word.
    pub state: Option<String>,
    /// Where a database is looked at: when it was applied.
    pub applied_at: Option<String>,
    /// Where a database is looked at: what else there is to know.
    pub note: Option<String>,
}

impl Step {
    /// A migration of which nothing else is known yet.
    pub fn new(stem: impl Into<String>) -> Self {
        Self { stem: stem.into(), ..Self::default() }
    }
}

/// The migrations, and what each of them did.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    pub(super) steps: Vec<(Step, Vec<Change>)>,
    authors: BTreeMap<Key, Author>,
}

/// What a migration did to one thing.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) key: Key,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Made,
    Changed,
    Dropped,
}

/// By their places among the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Author {
    made: usize,
    last: usize,
}

impl Timeline {
    /// Nothing was done yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a migration that did nothing to the schema, or of which nobody knows.
    pub fn pass(&mut self, step: Step) {
        self.steps.push((step, Vec::new()));
    }

    /// Adds a migration that took the one schema to the other.
    pub fn take(&mut self, mut step: Step, before: &Schema, after: &Schema) {
        let at = self.steps.len();
        for (_, text) in step.up.iter_mut().chain(&mut step.down) {
            *text = before.hidden_in(&after.hidden_in(text));
        }
        let mut touched: BTreeMap<Key, What> = BTreeMap::new();
        for difference in before.differences(after) {
            let (key, what, schema) = match difference {
                Difference::Missing(key) => (key, What::Dropped, before),
                Difference::Extra(key) => (key, What::Made, after),
                Difference::Changed { key, .. } => (key, What::Changed, after),
            };
            if !is_said(schema, &key) {
                continue;
            }
            // It is dropped together with its parts, but a part that goes is a change of what stays.
            for whole in wholes(schema, &key) {
                if before.get(&whole).is_some() && after.get(&whole).is_some() {
                    touched.entry(whole).or_insert(What::Changed);
                }
            }
            touched.insert(key, what);
        }
        for (key, what) in &touched {
            match what {
                What::Made => {
                    self.authors.insert(key.clone(), Author { made: at, last: at });
                }
                What::Changed => {
                    self.authors
                        .entry(key.clone())
                        .and_modify(|author| author.last = at)
                        .or_insert(Author { made: at, last: at });
                }
                What::Dropped => {
                    self.authors.remove(key);
                }
            }
        }
        let is_own = |schema: &Schema, key: &Key, what: What| {
            !wholes(schema, key).iter().any(|whole| touched.get(whole) == Some(&what))
        };
        let changes = touched
            .iter()
            .filter(|(key, what)| match what {
                What::Made => is_own(after, key, What::Made),
                What::Dropped => is_own(before, key, What::Dropped),
                // Its parts say what changed.
                What::Changed => {
                    !before.get(key).zip(after.get(key)).is_some_and(|(old, new)| old.changes(new).is_empty())
                }
            })
            .map(|(key, what)| Change { key: key.clone(), what: *what })
            .collect();
        self.steps.push((step, changes));
    }

    /// Which migration made a thing, and which one changed it last.
    pub(super) fn authors(&self, key: &Key) -> Option<(&Step, &Step)> {
        let author = self.authors.get(key)?;
        Some((&self.steps[author.made].0, &self.steps[author.last].0))
    }

    /// Whether it knows any migration.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Privileges that are as PostgreSQL has them by default are nobody's.
pub(super) fn is_said(schema: &Schema, key: &Key) -> bool {
    key.kind() != Kind::Privileges || schema.get(key).is_some_and(|fact| fact.has("acl"))
}

/// What a thing is a part of. A column has its default, its comment and its privileges for parts: an index or a key is
/// the table's.
pub(super) fn wholes(schema: &Schema, key: &Key) -> BTreeSet<Key> {
    let of_column = matches!(key.kind(), Kind::Default | Kind::Comment | Kind::Privileges);
    let mut found = BTreeSet::new();
    let mut left = vec![key.clone()];
    while let Some(part) = left.pop() {
        let needs = schema.get(&part).into_iter().flat_map(|fact| &fact.needs);
        for (whole, _) in needs.filter(|(_, need)| **need == Need::Part) {
            if found.insert(whole.clone()) {
                left.push(whole.clone());
            }
        }
    }
    found.retain(|whole| of_column || whole.kind() != Kind::Column);
    found
}
