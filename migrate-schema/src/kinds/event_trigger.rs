//! Event triggers.

use crate::fact::Fact;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct EventTrigger;

impl Rule for EventTrigger {
    fn query(&self) -> &'static str {
        include_str!("../catalog/event_trigger.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut sql = format!("CREATE EVENT TRIGGER {} ON {}", fact.key.sql(), fact.text("event"));
        let tags: Vec<String> = fact.list("tags").iter().map(|tag| literal(tag)).collect();
        if !tags.is_empty() {
            sql += &format!("\nWHEN TAG IN ({})", tags.join(", "));
        }
        sql += &format!("\nEXECUTE FUNCTION {}()", fact.text("function"));
        let mut statements = common::create_owned("EVENT TRIGGER", fact, sql);
        statements.extend(fact.get("enabled").map(|enabled| enable(fact, enabled)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP EVENT TRIGGER {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if ["event", "tags", "function"].iter().any(|name| changes.contains(name)) {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        if changes.contains("enabled") {
            statements.push(enable(new, new.get("enabled").unwrap_or("ENABLE")));
        }
        statements.extend(common::alter_owner("EVENT TRIGGER", old, new));
        Change::by(statements)
    }
}

fn enable(fact: &Fact, how: &str) -> Statement {
    Statement::new(format!("ALTER EVENT TRIGGER {} {how}", fact.key.sql()))
}
