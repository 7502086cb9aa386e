//! One thing in a database, with all that PostgreSQL says of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::Key;
use crate::spelling;

/// A thing and its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub(crate) key: Key,
    /// By name, as text. What is as it is by default has no entry. A name that begins with `_` is not compared: it says
    /// how a thing came to be, not what it is.
    pub(crate) attributes: BTreeMap<String, String>,
    /// What it depends on.
    pub(crate) needs: BTreeMap<Key, Need>,
}

/// The attributes that are SQL, or an expression of it, as PostgreSQL prints it.
const EXPRESSIONS: [&str; 9] = [
    "bound",
    "check",
    "condition",
    "default",
    "definition",
    "expression",
    "generated",
    "partitioned_by",
    "using",
];

/// How a thing depends on another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// It stands in the way when the other one is dropped.
    Normal,
    /// It is a part of the other one, and is dropped with it.
    Part,
}

impl Fact {
    /// What it is called.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The attribute of this name, where it is not as it is by default.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// The attribute, or nothing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The attribute as a list: it is an array in JSON.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.get(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The names of the attributes that differ.
    pub(crate) fn changes<'f>(&'f self, other: &'f Self) -> BTreeSet<&'f str> {
        let names = self.attributes.keys().chain(other.attributes.keys()).map(String::as_str);
        names.filter(|name| !name.starts_with('_') && self.differs_in(name, other)).collect()
    }

    /// Whether the attribute differs, and not only in how an expression is spelled.
    pub(crate) fn differs_in(&self, name: &str, other: &Self) -> bool {
        match (self.get(name), other.get(name)) {
            (Some(one), Some(other)) if EXPRESSIONS.contains(&name) => !self.is_read_alike(one, other),
            (one, other) => one != other,
        }
    }

    /// Whether PostgreSQL reads both texts as the same, of which this one has one and the other is the same thing's.
    pub(crate) fn is_read_alike(&self, one: &str, other: &str) -> bool {
        let domains = self.get("_domains").and_then(|text| serde_json::from_str(text).ok());
        spelling::is_same_among(one, other, &domains.unwrap_or_default())
    }

    /// Whether this is a part of the other one and is dropped with it.
    pub(crate) fn is_part_of(&self, other: &Key) -> bool {
        self.needs.get(other) == Some(&Need::Part)
    }
}
