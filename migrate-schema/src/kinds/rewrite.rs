//! Rewrite rules. The rule of a view is the view.

use crate::fact::Fact;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Rewrite;

impl Rule for Rewrite {
    fn query(&self) -> &'static str {
        include_str!("../catalog/rewrite.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut statements = vec![Statement::new(definition(fact))];
        statements.extend(fact.get("enabled").map(|state| set_state(fact, state)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP RULE {} ON {}", fact.key.leaf(), fact.key.owner()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let mut statements = Vec::new();
        if old.differs_in("definition", new) {
            let sql = definition(new).replacen("CREATE ", "CREATE OR REPLACE ", 1);
            statements.push(Statement::new(sql));
        }
        if old.get("enabled") != new.get("enabled") {
            statements.push(set_state(new, new.get("enabled").unwrap_or("ENABLE")));
        }
        Change::by(statements)
    }
}

/// `pg_get_ruledef` with the table qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    let text = fact.text("definition").trim_end().trim_end_matches(';');
    common::unqualified(text, fact.key.leaf(), " TO ")
}

fn set_state(fact: &Fact, state: &str) -> Statement {
    Statement::new(format!("ALTER TABLE {} {state} RULE {}", fact.key.owner(), fact.key.leaf()))
}
