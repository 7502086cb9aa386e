//! What is made by one statement and dropped by another and is nothing more to us, and what is only seen: that is named
//! wherever it differs, since no statement here makes it the same.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Other;

impl Rule for Other {
    fn query(&self) -> &'static str {
        include_str!("../catalog/other.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let Some(definition) = fact.get("definition") else { return Vec::new() };
        let mut statements = vec![Statement::new(definition)];
        statements.extend(fact.get("owner").map(|owner| own(fact, owner)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        fact.get("_drop").map(Statement::new).into_iter().collect()
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("definition") && old.has("definition") && new.has("definition") {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        if changes.contains("owner") && new.has("definition") {
            statements.push(own(new, new.get("owner").unwrap_or("CURRENT_USER")));
        }
        Change::by(statements)
    }
}

fn own(fact: &Fact, owner: &str) -> Statement {
    Statement::new(format!("ALTER {} OWNER TO {owner}", fact.key.sql()))
}
