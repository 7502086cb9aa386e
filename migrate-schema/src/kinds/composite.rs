//! Composite types: attributes are added, dropped and altered in place where that gives their order.

use std::collections::BTreeSet;

use migrate_source::retype;

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::column_type::{changing, resolved};
use crate::kinds::common;
use crate::kinds::convert::is_made_of;
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Composite;

impl Rule for Composite {
    fn query(&self) -> &'static str {
        include_str!("../catalog/composite.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let lines: Vec<String> = attributes(fact).iter().map(Attribute::sql).collect();
        let lines =
            if lines.is_empty() { "()".to_owned() } else { format!("(\n    {}\n)", lines.join(",\n    ")) };
        common::create_owned("TYPE", fact, format!("CREATE TYPE {} AS {lines}", fact.key.sql()))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TYPE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let (before, after) = (attributes(old), attributes(new));
        let find = |list: &[Attribute], name: &str| list.iter().position(|other| other.name == name);
        let kept: Vec<&Attribute> = before.iter().filter(|one| find(&after, &one.name).is_some()).collect();
        let in_order = kept.iter().zip(&after).all(|(one, other)| one.name == other.name);
        let same = kept.iter().zip(&after).all(|(one, other)| *one == other);
        let is_stored = world.old.dependents(&old.key).any(|fact| {
            matches!(fact.key.kind(), Kind::Column | Kind::Composite | Kind::Domain | Kind::Range)
        });
        if !in_order || !same && is_stored {
            return Change::Convert;
        }
        let alter = format!("ALTER TYPE {}", new.key.sql());
        let mut typed = world.old.dependents(&old.key).filter(|fact| fact.key.kind() == Kind::Table);
        let cascade = if typed.next().is_some() { " CASCADE" } else { "" };
        let mut statements = Vec::new();
        for one in before.iter().filter(|one| find(&after, &one.name).is_none()) {
            let drop = Statement::new(format!("{alter} DROP ATTRIBUTE {}{cascade}", one.name));
            statements.push(if is_stored || !cascade.is_empty() {
                drop.with(Hazard::DeletesData)
            } else {
                drop
            });
        }
        for (before, one) in kept.iter().zip(&after).filter(|(before, after)| **before != *after) {
            let collation = one.collation();
            let sql = format!("{alter} ALTER ATTRIBUTE {} TYPE {}{collation}{cascade}", one.name, one.of);
            let alter = Statement::new(sql);
            let (from, to) = (resolved(&before.of, old, world.old), resolved(&one.of, new, world.new));
            // Without a table of the type there are no values.
            let may_change = !cascade.is_empty() && retype::values(&from, &to).may_change;
            statements.push(changing(alter, may_change));
        }
        let added = after.iter().skip(kept.len());
        statements
            .extend(added.map(|one| Statement::new(format!("{alter} ADD ATTRIBUTE {}{cascade}", one.sql()))));
        statements.extend(common::alter_owner("TYPE", old, new));
        // What takes an attribute out of it would stand in the way.
        let is_added = before.len() == kept.len() && same;
        Change::rebuilding(statements, if is_added { &[] } else { IN_THE_WAY })
    }
}

const IN_THE_WAY: &[Kind] = &[
    Kind::Constraint,
    Kind::Default,
    Kind::Function,
    Kind::Index,
    Kind::MaterializedView,
    Kind::Policy,
    Kind::Procedure,
    Kind::Rule,
    Kind::Trigger,
    Kind::View,
];

#[derive(Debug, PartialEq, Eq)]
struct Attribute {
    name: String,
    of: String,
    collation: String,
}

impl Attribute {
    fn collation(&self) -> String {
        if self.collation.is_empty() { String::new() } else { format!(" COLLATE {}", self.collation) }
    }

    fn sql(&self) -> String {
        format!("{} {}{}", self.name, self.of, self.collation())
    }
}

fn attributes(fact: &Fact) -> Vec<Attribute> {
    let list: Vec<[String; 3]> = serde_json::from_str(fact.text("attributes")).unwrap_or_default();
    list.into_iter().map(|[name, of, collation]| Attribute { name, of, collation }).collect()
}

/// The names of its attributes.
pub(crate) fn names(fact: &Fact) -> Vec<String> {
    attributes(fact).into_iter().map(|attribute| attribute.name).collect()
}

/// Whether an attribute goes, with its values.
pub(crate) fn loses([old, new]: [&Fact; 2]) -> bool {
    let after = attributes(new);
    attributes(old).iter().any(|one| !after.iter().any(|other| other.name == one.name))
}

/// Whether an attribute that stays may have another value afterwards.
pub(crate) fn may_change([old, new]: [&Fact; 2], world: World<'_>) -> bool {
    let before = attributes(old);
    let pairs = attributes(new).into_iter().filter_map(|one| {
        let other = before.iter().find(|other| other.name == one.name)?;
        Some((resolved(&other.of, old, world.old), resolved(&one.of, new, world.new)))
    });
    pairs.into_iter().any(|(from, to)| from != to && retype::values(&from, &to).may_change)
}

/// A value of the old type as one of the new type: the attributes that both have, by name. It is written and read again, since
/// a cast to a row would cut what is too long.
pub(crate) fn row(expression: &str, to: &str, [old, new]: [&Fact; 2], names: &BTreeSet<String>) -> String {
    let before = attributes(old);
    let mut is_same = true;
    let values: Vec<String> = attributes(new)
        .iter()
        .map(|one| match before.iter().find(|other| other.name == one.name) {
            Some(other) => {
                is_same &= other.of == one.of && !is_made_of(&one.of, names);
                format!("({expression}).{}", one.name)
            }
            None => "NULL".to_owned(),
        })
        .collect();
    let row = values.join(", ");
    let text = if is_same { "" } else { "::text" };
    format!("CASE WHEN {expression} IS DISTINCT FROM NULL THEN ROW({row}){text}::{to} END")
}
