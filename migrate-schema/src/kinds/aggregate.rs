//! Aggregates.

use crate::fact::Fact;
use crate::key::qualified;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Aggregate;

impl Rule for Aggregate {
    fn query(&self) -> &'static str {
        include_str!("../catalog/aggregate.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        common::create_owned("AGGREGATE", fact, format!("CREATE AGGREGATE {}", definition(fact)))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP AGGREGATE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if ["arguments", "result", "kind_of"].iter().any(|name| changes.contains(name)) {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        if changes.contains("options") {
            statements.push(Statement::new(format!("CREATE OR REPLACE AGGREGATE {}", definition(new))));
        }
        statements.extend(common::alter_owner("AGGREGATE", old, new));
        Change::by(statements)
    }
}

fn definition(fact: &Fact) -> String {
    let name = fact.key.path().get(..2).map(qualified).unwrap_or_default();
    format!("{name}({}) (\n    {}\n)", fact.text("arguments"), fact.list("options").join(",\n    "))
}
