//! Extended statistics.

use crate::fact::Fact;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Statistics;

impl Rule for Statistics {
    fn query(&self) -> &'static str {
        include_str!("../catalog/statistics.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let sql = fact.text("definition").replacen("CREATE STATISTICS public.", "CREATE STATISTICS ", 1);
        let mut statements = common::create_owned("STATISTICS", fact, sql);
        statements.extend(fact.get("target").map(|target| set_target(fact, target)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP STATISTICS {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("definition") {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        if changes.contains("target") {
            statements.push(set_target(new, new.get("target").unwrap_or("-1")));
        }
        statements.extend(common::alter_owner("STATISTICS", old, new));
        Change::by(statements)
    }
}

fn set_target(fact: &Fact, target: &str) -> Statement {
    Statement::new(format!("ALTER STATISTICS {} SET STATISTICS {target}", fact.key.sql()))
}
