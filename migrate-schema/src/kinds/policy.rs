//! Row security policies.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::spelling;
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Policy;

impl Rule for Policy {
    fn query(&self) -> &'static str {
        include_str!("../catalog/policy.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut sql = format!("CREATE POLICY {} ON {}", fact.key.leaf(), fact.key.owner());
        if fact.has("restrictive") {
            sql += " AS RESTRICTIVE";
        }
        if let Some(command) = fact.get("command") {
            sql += &format!(" FOR {command}");
        }
        if fact.has("roles") {
            sql += &format!(" TO {}", roles(fact));
        }
        for (name, words) in CONDITIONS {
            if let Some(condition) = fact.get(name) {
                sql += &format!("\n    {words} {}", in_parentheses(condition));
            }
        }
        vec![Statement::new(sql).with(Hazard::ChangesPrivileges)]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        let sql = format!("DROP POLICY {} ON {}", fact.key.leaf(), fact.key.owner());
        vec![Statement::new(sql).with(Hazard::ChangesPrivileges)]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        // ALTER POLICY can change a condition, but not take it away.
        let is_taken = |name: &str| old.has(name) && !new.has(name);
        if changes.contains("restrictive")
            || changes.contains("command")
            || CONDITIONS.iter().any(|(name, _)| is_taken(name))
        {
            return Change::Replace;
        }
        let mut sql = format!("ALTER POLICY {} ON {}", new.key.leaf(), new.key.owner());
        if changes.contains("roles") {
            sql += &format!(" TO {}", roles(new));
        }
        for (name, words) in CONDITIONS.iter().filter(|(name, _)| changes.contains(name)) {
            sql += &format!("\n    {words} {}", in_parentheses(new.text(name)));
        }
        Change::by(vec![Statement::new(sql).with(Hazard::ChangesPrivileges)])
    }
}

/// An attribute, and the words for it.
const CONDITIONS: [(&str, &str); 2] = [("using", "USING"), ("check", "WITH CHECK")];

fn roles(fact: &Fact) -> String {
    if fact.has("roles") { fact.list("roles").join(", ") } else { "PUBLIC".to_owned() }
}

/// PostgreSQL puts an expression in parentheses unless it is a single word, a call or a query.
fn in_parentheses(expression: &str) -> String {
    if spelling::is_in_parentheses(expression) { expression.to_owned() } else { format!("({expression})") }
}
