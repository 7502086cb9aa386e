//! Triggers.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Trigger;

impl Rule for Trigger {
    fn query(&self) -> &'static str {
        include_str!("../catalog/trigger.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut statements = vec![Statement::new(definition(fact))];
        statements.extend(fact.get("enabled").map(|state| set_state(fact, state)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TRIGGER {} ON {}", fact.key.leaf(), fact.key.owner()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        if !old.differs_in("definition", new) {
            // That of each partition is switched along.
            let switch = set_state(new, new.get("enabled").unwrap_or("ENABLE"));
            return Change::rebuilding(vec![switch], &[Kind::TriggerState]);
        }
        if old.has("_is_constraint") || new.has("_is_constraint") {
            return Change::Replace;
        }
        // It is enabled when it is replaced, whatever it was before, and depends on no extension.
        let mut statements = self.create(new, &[], world);
        if let Some(first) = statements.first_mut() {
            first.sql = first.sql.replacen("CREATE ", "CREATE OR REPLACE ", 1);
        }
        Change::rebuilding(statements, &[Kind::TriggerState, Kind::ExtensionDependency])
    }
}

/// `pg_get_triggerdef` with the table qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    common::unqualified(fact.text("definition"), fact.key.leaf(), " ON ")
}

fn set_state(fact: &Fact, state: &str) -> Statement {
    Statement::new(format!("ALTER TABLE {} {state} TRIGGER {}", fact.key.owner(), fact.key.leaf()))
}
