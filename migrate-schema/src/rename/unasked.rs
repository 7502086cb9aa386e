//! What is new and differs from something that is gone in its name or its schema alone, and holds no rows: it gets the name,
//! and what is built on it stays.

use std::collections::{BTreeMap, BTreeSet};

use super::{KINDS, Rename, alike, in_memory, is_beside, is_movable};
use crate::fact::{Fact, Need};
use crate::key::Key;
use crate::kind::Kind;
use crate::schema::Schema;

/// The next of them; when they have their names, others may be like what is new.
pub(crate) fn unasked(old: &Schema, new: &Schema) -> Vec<Rename> {
    let gone = |schema: &'_ Schema, other: &Schema| -> Vec<Key> {
        let facts =
            schema.facts().filter(|fact| is_unasked(fact.key.kind()) && other.get(&fact.key).is_none());
        facts.map(|fact| fact.key.clone()).collect()
    };
    let mut left = gone(new, old);
    let mut renames = Vec::new();
    for from in gone(old, new) {
        let like: Vec<usize> =
            (0..left.len()).filter(|&at| is_same_but_for_name(&from, old, &left[at], new)).collect();
        // Of several, the one that the same things use; then the one of the same name.
        let is_used_alike = |at: &&usize| users(&from, old) == users(&left[**at], new);
        let is_namesake = |at: &&usize| left[**at].name() == from.name();
        let best = like.iter().find(is_used_alike).or_else(|| like.iter().find(is_namesake));
        let Some(&at) = best.or_else(|| like.first()) else { continue };
        renames.extend(Rename::new(from, left.remove(at)));
    }
    renames
}

/// Whether a kind holds neither rows nor a position. What belongs to a table is renamed by the plan.
fn is_unasked(kind: Kind) -> bool {
    let is_asked =
        matches!(kind, Kind::Schema | Kind::Table | Kind::ForeignTable | Kind::Column | Kind::Sequence);
    KINDS.contains(&kind) && !is_asked && (kind == Kind::Statistics || !alike::KINDS.contains(&kind))
}

fn is_same_but_for_name(from: &Key, old: &Schema, to: &Key, new: &Schema) -> bool {
    let is_near = is_beside(from, to);
    let is_far = !is_near && is_movable(from) && from.kind() == to.kind() && behind(from) == behind(to);
    // The plan renames statistics where they are.
    let can_be = is_far || is_near && from.kind() != Kind::Statistics;
    let (Some(one), Some(other)) = (old.get(from), new.get(to)) else { return false };
    can_be && in_memory::with_name(one, to).changes(other).is_empty() && parts(one, old) == parts(other, new)
}

/// What it consists of beside its own attributes.
fn parts<'s>(fact: &'s Fact, schema: &'s Schema) -> BTreeMap<&'s [String], BTreeMap<&'s str, &'s str>> {
    let parts = [Kind::DomainConstraint, Kind::PublicationMember]
        .into_iter()
        .flat_map(|kind| schema.parts(&fact.key, kind));
    let compared = |part: &'s Fact| {
        let all = part.attributes.iter().filter(|(name, _)| !name.starts_with('_'));
        all.map(|(name, text)| (name.as_str(), text.as_str())).collect()
    };
    parts.map(|part| (&part.key.path()[fact.key.path().len()..], compared(part))).collect()
}

/// What stands behind the name: arguments, or an access method.
fn behind(key: &Key) -> &[String] {
    &key.path()[key.names().len()..]
}

/// What uses it, apart from its own parts.
fn users(key: &Key, schema: &Schema) -> BTreeSet<Key> {
    let users = schema.dependents(key).filter(|fact| fact.needs.get(key) == Some(&Need::Normal));
    users.map(|fact| fact.key.clone()).collect()
}
