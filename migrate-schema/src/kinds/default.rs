//! Defaults of columns, of tables and of views.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::position;
use crate::kinds::recursion::{self, Attribute};
use crate::rule::{Change, Rule, World};
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
    let column = fact.key.leaf();
    let path = &fact.key.path()[..2];
    if fact.has("_of_view") {
        return vec![Statement::new(format!("ALTER VIEW {} ALTER COLUMN {column} {to}", qualified(path)))];
    }
    let table = [Kind::Table, Kind::ForeignTable].map(|kind| Key::new(kind, path.to_vec()));
    let table = table.iter().find(|table| world.new.get(table).or(world.old.get(table)).is_some());
    let alter = table.and_then(|table| recursion::alter(table, column, Attribute::Default, world));
    alter.map(|alter| Statement::new(format!("{alter} ALTER COLUMN {column} {to}"))).into_iter().collect()
}
