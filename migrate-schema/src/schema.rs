//! A schema: everything that somebody made in a database, by kind and name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use crate::fact::{Fact, Need};
use crate::key::Key;
use crate::kind::Kind;
use crate::wording;

/// What a database has.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub(crate) facts: BTreeMap<Key, Fact>,
    /// Who depends on each.
    dependents: BTreeMap<Key, BTreeSet<Key>>,
    /// Who is a part of each: a few of those that depend on it, where it is the parent of many partitions.
    parts: BTreeMap<Key, BTreeSet<Key>>,
    /// What refers to something that is not looked at.
    pub(crate) dangling: BTreeSet<Key>,
    /// What belongs to an extension and is not looked at, with the extension.
    pub(crate) members: BTreeMap<Key, Key>,
    /// What is known of equal indexes, once it was asked for that.
    twins: OnceLock<Twins>,
}

/// The indexes that are equal to another one of their table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Twins {
    pub(crate) equal: BTreeSet<Key>,
    /// What these are parts of, in the schema itself.
    pub(crate) wholes: BTreeSet<Key>,
}

/// In what two schemas differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Only the first has it.
    Missing(Key),
    /// Only the second has it.
    Extra(Key),
    /// Both have it, and not as the same.
    Changed {
        /// What it is.
        key: Key,
        /// The attribute that differs.
        attribute: String,
        /// Its value in the first, if it is not as by default.
        first: Option<String>,
        /// Its value in the second, if it is not as by default.
        second: Option<String>,
    },
}

impl Difference {
    /// What it is a difference of.
    pub fn key(&self) -> &Key {
        match self {
            Self::Missing(key) | Self::Extra(key) | Self::Changed { key, .. } => key,
        }
    }
}

impl Schema {
    pub(crate) fn new(facts: impl IntoIterator<Item = Fact>) -> Self {
        let facts: BTreeMap<Key, Fact> = facts.into_iter().map(|fact| (fact.key.clone(), fact)).collect();
        let mut schema = Self::default();
        for fact in facts.values() {
            schema.link(fact);
        }
        Self { facts, ..schema }
    }

    /// Remembers what a fact depends on.
    fn link(&mut self, fact: &Fact) {
        for (needed, need) in &fact.needs {
            self.dependents.entry(needed.clone()).or_default().insert(fact.key.clone());
            if *need == Need::Part {
                self.parts.entry(needed.clone()).or_default().insert(fact.key.clone());
            }
        }
    }

    fn unlink(&mut self, fact: &Fact) {
        for needed in fact.needs.keys() {
            for links in [&mut self.dependents, &mut self.parts] {
                if let Some(others) = links.get_mut(needed) {
                    others.remove(&fact.key);
                }
            }
        }
    }

    /// The same without what cannot be made where the tables that are left out are not there, and without what depends on
    /// that; and the things that refer to those tables themselves.
    #[must_use]
    pub fn without_dangling(self) -> (Self, Vec<Key>) {
        let mut gone = self.dangling.clone();
        let mut next: Vec<&Key> = self.dangling.iter().collect();
        while let Some(key) = next.pop() {
            let dependents = self.dependents.get(key).into_iter().flatten();
            next.extend(dependents.filter(|dependent| gone.insert((*dependent).clone())));
        }
        // Parts go with the whole, and need no mention.
        let is_part = |key: &Key| {
            let needs = self.facts.get(key).map(|fact| &fact.needs);
            needs.is_some_and(|needs| {
                needs.iter().any(|(whole, need)| *need == Need::Part && gone.contains(whole))
            })
        };
        let named = gone.iter().filter(|key| !is_part(key)).cloned().collect();
        let kept = self.facts.values().filter(|fact| !gone.contains(&fact.key)).cloned();
        (Self::new(kept), named)
    }

    /// Writes into each thing that needs a domain over arrays of what type its elements are: an expression does not say it.
    pub(crate) fn name_array_domains(&mut self) {
        let domains = self.facts().filter(|fact| fact.key.kind() == Kind::Domain);
        let elements: BTreeMap<Key, String> =
            domains.filter_map(|domain| Some((domain.key.clone(), self.elements_of(domain)?))).collect();
        let users: BTreeSet<Key> =
            elements.keys().flat_map(|key| self.dependents(key).map(|fact| fact.key.clone())).collect();
        for key in users {
            let Some(fact) = self.facts.get_mut(&key) else { continue };
            let named =
                fact.needs.keys().filter_map(|key| Some((key.sql(), elements.get(key)?.as_str().into())));
            let named = serde_json::Value::Object(named.collect());
            fact.attributes.insert("_domains".to_owned(), named.to_string());
        }
    }

    /// Of what type the elements of a domain are, if it is one over arrays.
    fn elements_of(&self, domain: &Fact) -> Option<String> {
        let of = domain.text("type");
        let base = || domain.needs.keys().find(|key| key.kind() == Kind::Domain && key.sql() == of);
        match of.strip_suffix("[]") {
            Some(element) => Some(element.to_owned()),
            None => self.elements_of(self.get(base()?)?),
        }
    }

    /// What it has, in the order of kinds and names.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }

    /// What of it is in one schema, the schema itself included: things that are in none are left out.
    #[must_use]
    pub fn within(&self, schema: &str) -> Self {
        let quoted = crate::quoted(&[schema]);
        let is_in = |fact: &&Fact| fact.key.path().first().is_some_and(|first| *first == quoted);
        Self::new(self.facts.values().filter(is_in).cloned())
    }

    /// Whether it has nothing that somebody made.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Fact> {
        self.facts.get(key)
    }

    pub(crate) fn find(&self, kind: Kind, path: &[String]) -> Option<&Fact> {
        self.facts.get(&Key::new(kind, path.to_vec()))
    }

    /// Puts other facts in the place of these.
    pub(crate) fn change(&mut self, keys: &BTreeSet<Key>, change: impl Fn(&Fact) -> Fact) {
        self.twins = OnceLock::new();
        let before: Vec<Fact> = keys.iter().filter_map(|key| self.facts.remove(key)).collect();
        for fact in &before {
            self.unlink(fact);
        }
        for fact in before.iter().map(change) {
            self.link(&fact);
            self.facts.insert(fact.key.clone(), fact);
        }
    }

    /// The indexes that are equal to another one, which are found once.
    pub(crate) fn twins(&self, find: impl FnOnce(&Self) -> Twins) -> &Twins {
        self.twins.get_or_init(|| find(self))
    }

    /// What depends on it.
    pub(crate) fn dependents(&self, key: &Key) -> impl Iterator<Item = &Fact> {
        self.dependents.get(key).into_iter().flatten().filter_map(|key| self.facts.get(key))
    }

    /// What of one kind depends on it.
    pub(crate) fn dependents_of_kind<'s>(
        &'s self,
        key: &Key,
        kind: Kind,
    ) -> impl Iterator<Item = &'s Fact> + use<'s> {
        self.of_kind(self.dependents.get(key), kind)
    }

    /// The parts of it, of one kind.
    pub(crate) fn parts<'s>(&'s self, key: &Key, kind: Kind) -> impl Iterator<Item = &'s Fact> + use<'s> {
        self.of_kind(self.parts.get(key), kind)
    }

    /// Those of one kind: they stand together.
    fn of_kind<'s>(
        &'s self,
        keys: Option<&'s BTreeSet<Key>>,
        kind: Kind,
    ) -> impl Iterator<Item = &'s Fact> + use<'s> {
        let from = Key::new(kind, Vec::new());
        let keys = keys.into_iter().flat_map(move |keys| keys.range(from.clone()..));
        keys.take_while(move |key| key.kind() == kind).filter_map(|key| self.facts.get(key))
    }

    /// In what the two differ, in the order of kinds and names.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let keys: BTreeSet<&Key> = self.facts.keys().chain(other.facts.keys()).collect();
        keys.into_iter().flat_map(|key| self.differences_of(other, key)).collect()
    }

    /// The same without the parts of what is missing or extra as a whole: of a new table not each of its columns.
    pub fn outline_of_differences(&self, other: &Self) -> Vec<Difference> {
        let all = self.differences(other);
        let whole: BTreeSet<&Key> = all
            .iter()
            .filter_map(|difference| match difference {
                Difference::Missing(key) | Difference::Extra(key) => Some(key),
                Difference::Changed { .. } => None,
            })
            .collect();
        let is_part = |difference: &&Difference| {
            let (key, schema) = match difference {
                Difference::Missing(key) => (key, self),
                Difference::Extra(key) => (key, other),
                Difference::Changed { .. } => return false,
            };
            schema.get(key).is_some_and(|fact| {
                fact.needs.iter().any(|(needed, need)| *need == Need::Part && whole.contains(needed))
            })
        };
        all.iter().filter(|difference| !is_part(difference)).cloned().collect()
    }

    fn differences_of(&self, other: &Self, key: &Key) -> Vec<Difference> {
        match (self.get(key), other.get(key)) {
            (Some(first), Some(second)) => {
                let changed = |name: &str| Difference::Changed {
                    key: key.clone(),
                    attribute: name.to_owned(),
                    first: first.get(name).map(str::to_owned),
                    second: second.get(name).map(str::to_owned),
                };
                first.changes(second).into_iter().map(changed).collect()
            }
            (Some(_), None) => vec![Difference::Missing(key.clone())],
            (None, Some(_)) => vec![Difference::Extra(key.clone())],
            (None, None) => Vec::new(),
        }
    }
}

impl Difference {
    /// The same with what the two are called: `NOT NULL in the database, nullable in the migrations`.
    pub fn between<'d>(&'d self, first: &'d str, second: &'d str) -> impl fmt::Display + 'd {
        Between { difference: self, names: Some((first, second)) }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Between { difference: self, names: None }.fmt(f)
    }
}

/// A difference, and what the two are called, where whoever reads it does not know.
struct Between<'d> {
    difference: &'d Difference,
    names: Option<(&'d str, &'d str)>,
}

impl fmt::Display for Between<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.difference {
            Difference::Missing(key) => write!(f, "- {key}"),
            Difference::Extra(key) => write!(f, "+ {key}"),
            // Passwords are among these.
            Difference::Changed { key, attribute, .. } if wording::is_hidden(key.kind(), attribute) => {
                write!(f, "~ {key}: {}", wording::words(key.kind(), attribute, None))
            }
            Difference::Changed { key, attribute, first, second } => {
                let words = |value: &Option<String>| wording::words(key.kind(), attribute, value.as_deref());
                let (one, other) = (words(first), words(second));
                match self.names {
                    Some((first, second)) => write!(f, "~ {key}: {one} in {first}, {other} in {second}"),
                    None => write!(f, "~ {key}: {one} -> {other}"),
                }
            }
        }
    }
}
