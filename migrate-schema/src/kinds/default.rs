//! Defaults of columns, of tables and of views.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::{inheritance, position};
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Default;

impl Rule for Default {
    fn query(&self) -> &'static str {
        include_str!("../catalog/default.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let mut statements = set(fact, &format!("SET DEFAULT {}", fact.text("expression")), world);
        if !statements.is_empty() {
            statements.extend(position::of_default(fact, world));
        }
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        set(fact, "DROP DEFAULT", world)
    }

    fn alter(&self, _old: &Fact, new: &Fact, world: World<'_>) -> Change {
        Change::by(self.create(new, &[], world))
    }

    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        fact.needs.keys().find(|key| key.kind() == Kind::Column && key.path() == fact.key.path())
    }
}

fn set(fact: &Fact, to: &str, world: World<'_>) -> Vec<Statement> {
    if comes_from_parent(fact.key.path(), world) {
        return Vec::new();
    }
    let what = if fact.has("_of_view") { "ALTER VIEW" } else { "ALTER TABLE" };
    let (table, column) = (qualified(&fact.key.path()[..2]), fact.key.leaf());
    vec![Statement::new(format!("{what} {table} ALTER COLUMN {column} {to}"))]
}

/// Whether a parent that the table has throughout goes from the same default to the same: it takes its heirs along.
fn comes_from_parent(path: &[String], world: World<'_>) -> bool {
    let default = |schema: &Schema, path: &[String]| {
        schema.find(Kind::Default, path).map(|fact| fact.text("expression").to_owned())
    };
    let Some(table) = world.new.find(Kind::Table, &path[..2]) else { return false };
    inheritance::kept(&table.key, world).any(|parent| {
        let mut there = parent.key.path()[2..].to_vec();
        there.extend(path.last().cloned());
        [world.old, world.new].iter().all(|schema| {
            schema.find(Kind::Column, &there).is_some() && default(schema, &there) == default(schema, path)
        })
    })
}
